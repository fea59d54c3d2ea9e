namespace Postfleet.Testing;

/// <summary>
/// A new folder that is deleted with its owner, or at the latest after the end of the test process, even when the test process is killed.
/// </summary>
public sealed class TempFolder : IDisposable
{
    private static int _last;

    /// <summary>Creates an empty folder whose name starts with <paramref name="name"/>.</summary>
    public TempFolder(string name = "test")
    {
        FullPath = Path.Combine(Janitor.Root, $"{name}-{Interlocked.Increment(ref _last)}");
        Directory.CreateDirectory(FullPath);
    }

    /// <summary>Absolute path; short enough for a unix socket below it.</summary>
    public string FullPath { get; }

    /// <summary>The path of a file or folder inside.</summary>
    public string this[string name] => Path.Combine(FullPath, name);

    /// <inheritdoc/>
    public void Dispose()
    {
        if (Directory.Exists(FullPath))
        {
            Directory.Delete(FullPath, recursive: true);
        }
    }
}
