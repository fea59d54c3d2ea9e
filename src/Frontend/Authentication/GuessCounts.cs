namespace Postfleet.Frontend.Authentication;

/// <summary>
/// Counts of failures by key, and the delays that still run. Bounded: the oldest counts make room. <see cref="GuessGuard"/> owns it and
/// calls it under its lock.
/// </summary>
/// <param name="time">The clock.</param>
internal sealed class GuessCounts(TimeProvider time)
{
    private const int MaxEntries = 20_000;

    private readonly Dictionary<object, Entry> _entries = [];

    /// <summary>The number of failures of a key that wait for their replies.</summary>
    public int Waiting(object key)
    {
        // Delays only grow while failures follow each other, so the ends are nearly in order.
        if (!_entries.TryGetValue(key, out var entry)) return 0;
        var now = time.GetTimestamp();
        while (entry.Ends.TryPeek(out var end) && end <= now) entry.Ends.Dequeue();
        return entry.Ends.Count;
    }

    /// <summary>Counts a failure.</summary>
    public Entry Add(object key)
    {
        // Bounds the ends that are kept; failures behind the bound come from attempts in parallel.
        Waiting(key);
        if (!_entries.TryGetValue(key, out var entry) || time.GetElapsedTime(entry.Last) >= GuessGuard.Memory)
        {
            if (_entries.Count >= MaxEntries) Sweep();
            _entries[key] = entry = new Entry();
        }

        entry.Failures++;
        entry.Last = time.GetTimestamp();
        return entry;
    }

    /// <summary>Forgets a key.</summary>
    /// <returns>Whether it had failures.</returns>
    public bool Remove(object key) => _entries.Remove(key);

    /// <summary>The failures of a key, once, as soon as they are over a limit.</summary>
    /// <returns>The failures; 0 if the limit is kept, or after the first time.</returns>
    public int ReportOnce(object key, int limit)
    {
        if (!_entries.TryGetValue(key, out var entry) || entry.IsReported || entry.Failures <= limit) return 0;
        entry.IsReported = true;
        return entry.Failures;
    }

    // Half of the table goes: the counts that are outdated first, then any.
    private void Sweep()
    {
        foreach (var key in _entries.Where(entry => time.GetElapsedTime(entry.Value.Last) >= GuessGuard.Memory)
                     .Select(entry => entry.Key).ToList())
            _entries.Remove(key);
        foreach (var key in _entries.Keys.Take(Math.Max(0, _entries.Count - MaxEntries / 2)).ToList()) _entries.Remove(key);
    }

    /// <summary>The failures of a key.</summary>
    public sealed class Entry
    {
        public int Failures { get; set; }

        public long Last { get; set; }

        public bool IsReported { get; set; }

        /// <summary>When the delays of the failures end, as time stamps.</summary>
        public Queue<long> Ends { get; } = new();
    }
}
