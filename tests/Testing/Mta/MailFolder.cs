namespace Postfleet.Testing;

/// <summary>The folder of a mail server of a test. Some of its subfolders belong to the server's user.</summary>
internal sealed class MailFolder(string name) : IDisposable
{
    private readonly TempFolder _folder = new(name);

    public string Root => _folder.FullPath;

    public string this[string path] => _folder[path];

    /// <summary>Creates folders that belong to a system user.</summary>
    /// <exception cref="InvalidOperationException">The user does not exist, or the tests do not run as root.</exception>
    public Task OwnAsync(string user, params string[] folders) => ProcessHost.RunAsync(
        new ProcessSpec("install", ["-d", "-o", user, .. folders.Select(folder => _folder[folder])]));

    /// <summary>The lines of a log file in use; empty if the file does not exist yet.</summary>
    public IReadOnlyList<string> Lines(string path)
    {
        if (!File.Exists(_folder[path]))
        {
            return [];
        }

        using var stream = new FileStream(_folder[path], FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    public void Dispose() => _folder.Dispose();
}
