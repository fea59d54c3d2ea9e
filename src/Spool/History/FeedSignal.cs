namespace Postfleet.Spool.History;

/// <summary>
/// Tells the readers of the feed about commits of this node. Without readers, a commit costs one comparison. Thread-safe.
/// </summary>
internal sealed class FeedSignal
{
    private readonly Lock _lock = new();
    private Watcher[] _watchers = [];

    /// <summary>Calls the actions of all watchers.</summary>
    public void Raise()
    {
        foreach (var watcher in Volatile.Read(ref _watchers)) watcher.Written();
    }

    /// <summary>Adds an action, until the result is disposed.</summary>
    public IDisposable Watch(Action written)
    {
        var watcher = new Watcher(this, written);
        lock (_lock) _watchers = [.. _watchers, watcher];
        return watcher;
    }

    private void Remove(Watcher watcher)
    {
        lock (_lock) _watchers = [.. _watchers.Where(each => each != watcher)];
    }

    private sealed class Watcher(FeedSignal signal, Action written) : IDisposable
    {
        public Action Written => written;

        public void Dispose() => signal.Remove(this);
    }
}
