using System.Globalization;

namespace Postfleet.Testing;

/// <summary>
/// A wall clock that a test sets while processes go by it. libfaketime stands between them and the system's calls, and reads how far the
/// clock is off from a file. Elapsed time is the machine's.
/// </summary>
public sealed class SetClock : IDisposable
{
    private const string Library = "faketime/libfaketimeMT.so.1";

    private readonly TempFolder _folder = new("clock");

    /// <summary>Makes a clock that is right.</summary>
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
            // The name before version 0.9.9.
            ["DONT_FAKE_MONOTONIC"] = "1",
        };
    }

    /// <summary>What is to be in the environment of a process, so that it goes by this clock.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; }

    private string FileName => _folder["offset"];

    /// <summary>Sets the clock.</summary>
    /// <param name="ahead">How far it is ahead of the right time.</param>
    public void Set(TimeSpan ahead)
    {
        var whole = _folder["next"];
        File.WriteAllText(whole, string.Create(CultureInfo.InvariantCulture, $"{ahead.TotalSeconds:+0;-0;+0}\n"));
        File.Move(whole, FileName, overwrite: true);
    }

    /// <inheritdoc/>
    public void Dispose() => _folder.Dispose();
}
