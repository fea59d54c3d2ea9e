using System.Collections.Concurrent;

namespace Postfleet.Dns;

/// <summary>
/// Caches answers for their time to live and shares one query among concurrent callers. Bounded in entries and in octets: at a bound
/// expired entries are removed, and if that is not enough, all entries. Thread-safe.
/// </summary>
/// <param name="ask">Makes the query of a key.</param>
/// <param name="ttl">The time to live of an answer.</param>
/// <param name="size">The size of an answer in octets, approximately.</param>
/// <param name="capacity">The maximum number of entries.</param>
/// <param name="maxOctets">The maximum size of all entries in octets; one answer may exceed it.</param>
/// <param name="time">The clock.</param>
internal sealed class DnsCache<T>(
    Func<string, Task<T>> ask, Func<T, TimeSpan> ttl, Func<T, int> size, int capacity, long maxOctets, TimeProvider time)
{
    /// <summary>The size of an entry without its key and its records in octets, approximately.</summary>
    private const int EntryOverhead = 250;

    // Queries and answers change the entries under the lock; cached answers are read without it.
    private readonly Lock _gate = new();
    private readonly ConcurrentDictionary<string, Entry> _entries = new(StringComparer.Ordinal);
    private long _octets;

    private sealed class Entry(Lazy<Task<T>> answer)
    {
        private long _until = long.MaxValue;

        public Lazy<Task<T>> Answer { get; } = answer;

        public long Until { get => Volatile.Read(ref _until); set => Volatile.Write(ref _until, value); }

        public int Octets { get; set; }
    }

    /// <summary>The number of cached names.</summary>
    public int Count => _entries.Count;

    /// <summary>The size of the entries in octets, approximately.</summary>
    public long Octets => Interlocked.Read(ref _octets);

    public async ValueTask<T> GetAsync(string key, CancellationToken cancellation)
    {
        if (!_entries.TryGetValue(key, out var entry) || IsExpired(entry)) entry = Begin(key);
        // If one caller gives up, the query continues for the others.
        return await entry.Answer.Value.WaitAsync(cancellation);
    }

    private bool IsExpired(Entry entry) => entry.Until <= time.GetTimestamp();

    private Entry Begin(string key)
    {
        lock (_gate)
        {
            if (_entries.TryGetValue(key, out var entry))
            {
                if (!IsExpired(entry)) return entry;
                Remove(key, entry);
            }

            Bound(capacity - 1);
            Entry added = null!;
            added = new Entry(new Lazy<Task<T>>(() => AskAsync(key, added))) { Octets = EntryOverhead + 2 * key.Length };
            _entries[key] = added;
            _octets += added.Octets;
            return added;
        }
    }

    private async Task<T> AskAsync(string key, Entry entry)
    {
        try
        {
            var answer = await ask(key);
            Complete(key, entry, answer);
            return answer;
        }
        catch
        {
            entry.Until = 0;
            throw;
        }
    }

    private void Complete(string key, Entry entry, T answer)
    {
        lock (_gate)
        {
            entry.Until = time.GetTimestamp() + (long)(ttl(answer).TotalSeconds * time.TimestampFrequency);
            // The entry may have been removed during the query.
            if (!_entries.TryGetValue(key, out var current) || current != entry) return;
            var octets = size(answer);
            entry.Octets += octets;
            _octets += octets;
            Bound(capacity);
        }
    }

    private void Bound(int maxEntries)
    {
        if (_entries.Count <= maxEntries && _octets <= maxOctets) return;
        foreach (var (key, entry) in _entries.Where(entry => IsExpired(entry.Value))) Remove(key, entry);
        if (_entries.Count <= maxEntries && _octets <= maxOctets) return;
        _entries.Clear();
        _octets = 0;
    }

    private void Remove(string key, Entry entry)
    {
        _entries.TryRemove(key, out _);
        _octets -= entry.Octets;
    }
}
