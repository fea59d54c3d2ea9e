namespace Postfleet.Testing;

/// <summary>
/// Packages of npm in the versions of a lock file, installed once into this user's cache. Each name has one owner, in one test process.
/// </summary>
/// <param name="name">The name of the folder in the cache.</param>
/// <param name="source">A folder with <c>package.json</c>, <c>package-lock.json</c> and scripts that use the packages.</param>
/// <param name="unpack">Work on the installed folder that is done once.</param>
public sealed class NpmFolder(string name, string source, Action<string>? unpack = null)
{
    private readonly Lock _lock = new();
    private (bool IsDone, string? Problem) _installation;

    /// <summary>The folder of the packages and scripts.</summary>
    public string FullPath { get; } = Path.Combine(
        Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } cache
            ? cache : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache"),
        "postfleet", name);

    /// <summary>Why the packages cannot be used; null if they can. The first call installs them.</summary>
    public string? Problem
    {
        get
        {
            lock (_lock)
            {
                if (!_installation.IsDone) _installation = (true, Install());
                return _installation.Problem;
            }
        }
    }

    private string? Install()
    {
        try
        {
            Directory.CreateDirectory(FullPath);
            foreach (var file in Directory.EnumerateFiles(source))
            {
                File.Copy(file, Path.Combine(FullPath, Path.GetFileName(file)), overwrite: true);
            }

            var versions = File.ReadAllText(Path.Combine(FullPath, "package-lock.json"));
            var installed = Path.Combine(FullPath, "installed");
            if (File.Exists(installed) && File.ReadAllText(installed) == versions) return null;

            ProcessHost.RunAsync(new ProcessSpec("npm",
            [
                "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--omit=optional", "--legacy-peer-deps", "--fetch-retries=1",
                "--fetch-timeout=60000",
            ])
            { Folder = FullPath }).GetAwaiter().GetResult();
            unpack?.Invoke(FullPath);
            File.WriteAllText(installed, versions);
            return null;
        }
        catch (Exception e) when (e is IOException or InvalidOperationException or TimeoutException or UnauthorizedAccessException
            or System.ComponentModel.Win32Exception)
        {
            return e.Message.ReplaceLineEndings(" ");
        }
    }
}
