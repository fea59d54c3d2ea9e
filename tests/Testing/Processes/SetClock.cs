using System.Globalization;

namespace Postfleet.Testing;

/// <summary>
/// A wall clock for processes that a test can set. libfaketime intercepts the system calls of the processes and reads the offset of the
/// clock from a file. Elapsed time is not changed.
/// </summary>
public sealed class SetClock : IDisposable
{
    private const string Library = "faketime/libfaketimeMT.so.1";

    private readonly TempFolder _folder = new("clock");

    /// <summary>Creates a clock without an offset.</summary>
    /// <exception cref="InvalidOperationException">libfaketime is not installed.</exception>
    public SetClock()
    {
        var library = Directory.GetDirectories("/usr/lib").Select(folder => Path.Combine(folder, Library)).FirstOrDefault(File.Exists)
            ?? throw new InvalidOperationException("libfaketime is missing: install the Debian package libfaketime");
        Set(TimeSpan.Zero);
        Environment = new Dictionary<string, string>
        {
            ["LD_PRELOAD"] = library,
            ["FAKETIME_TIMESTAMP_FILE"] = FileName,
            ["FAKETIME_NO_CACHE"] = "1",
            ["FAKETIME_DONT_FAKE_MONOTONIC"] = "1",
            // The name in versions before 0.9.9.
            ["DONT_FAKE_MONOTONIC"] = "1",
        };
    }

    /// <summary>The environment variables of a process that uses this clock.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; }

    private string FileName => _folder["offset"];

    /// <summary>Sets the clock.</summary>
    /// <param name="ahead">The offset from the correct time; positive is ahead.</param>
    public void Set(TimeSpan ahead)
    {
        var whole = _folder["next"];
        File.WriteAllText(whole, string.Create(CultureInfo.InvariantCulture, $"{ahead.TotalSeconds:+0;-0;+0}\n"));
        File.Move(whole, FileName, overwrite: true);
    }

    /// <inheritdoc/>
    public void Dispose() => _folder.Dispose();
}
