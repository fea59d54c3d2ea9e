using System.Collections.Concurrent;

namespace Postfleet.Operations.Greylisting;

/// <summary>
/// How long triplets still wait, so that clients that come back too early cost the storage nothing. Bounded: at capacity the times that are
/// over are removed, and if none is, all. Thread-safe.
/// </summary>
/// <param name="capacity">The most triplets.</param>
/// <param name="time">The clock.</param>
internal sealed class WaitTimes(int capacity, TimeProvider time)
{
    private readonly ConcurrentDictionary<Guid, long> _until = new();

    /// <summary>The time that is left for a triplet; null for none, or an unknown one.</summary>
    public TimeSpan? Left(Guid key) =>
        _until.TryGetValue(key, out var until) && until > time.GetTimestamp() ? time.GetElapsedTime(time.GetTimestamp(), until) : null;

    /// <summary>Remembers a time.</summary>
    public void Add(Guid key, TimeSpan wait)
    {
        var now = time.GetTimestamp();
        if (_until.Count >= capacity)
        {
            foreach (var entry in _until.Where(entry => entry.Value <= now)) _until.TryRemove(entry);
            if (_until.Count >= capacity) _until.Clear();
        }

        _until[key] = now + (long)(wait.TotalSeconds * time.TimestampFrequency);
    }

    /// <summary>Forgets a triplet.</summary>
    public void Remove(Guid key) => _until.TryRemove(key, out _);
}
