namespace Postfleet.Frontend.Common;

/// <summary>
/// Calls an action when files have changed. A timer looks at the files every 300 ms; a change is reported at the second look without
/// another change, so within a second, since a program may be in the middle of writing a file. Thread-safe; the action runs once at a time.
/// </summary>
internal sealed class FileWatch : IDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(300);

    private readonly IReadOnlyList<string> _files;
    private readonly TimeProvider _time;
    private readonly Action _changed;
    private readonly Lock _lock = new();
    private (DateTime, long)[] _seen;
    private (DateTime, long)[] _before = [];
    private ITimer? _timer;

    /// <param name="files">The paths; a missing file is watched, too.</param>
    /// <param name="time">The clock.</param>
    /// <param name="changed">The action. It handles the faults of the files.</param>
    public FileWatch(IReadOnlyList<string> files, TimeProvider time, Action changed)
    {
        (_files, _time, _changed) = (files, time, changed);
        _seen = Look();
    }

    /// <summary>Begins to watch. Called once.</summary>
    public void Begin() => _timer = _time.CreateTimer(_ => Check(), null, Interval, Interval);

    /// <inheritdoc/>
    public void Dispose() => _timer?.Dispose();

    // Timer calls overlap if a call takes longer than the interval; the later call then does nothing.
    private void Check()
    {
        if (!_lock.TryEnter()) return;
        try
        {
            var (now, before) = (Look(), _before);
            _before = now;
            if (now.AsSpan().SequenceEqual(_seen) || !now.AsSpan().SequenceEqual(before)) return;
            _seen = now;
            _changed();
        }
        finally
        {
            _lock.Exit();
        }
    }

    private (DateTime, long)[] Look() => [.. _files.Select(Stat)];

    // A file that cannot be looked at counts as missing: reading it tells the reason.
    private static (DateTime, long) Stat(string path)
    {
        try
        {
            // A mounted secret changes by a symbolic link.
            var file = new FileInfo(path);
            if (!file.Exists) return default;
            var target = file.ResolveLinkTarget(returnFinalTarget: true) as FileInfo ?? file;
            return target.Exists ? (target.LastWriteTimeUtc, target.Length) : default;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return default;
        }
    }
}
