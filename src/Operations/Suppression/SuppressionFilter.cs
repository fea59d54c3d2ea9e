using Postfleet.Core.Suppression;

namespace Postfleet.Operations.Suppression;

/// <summary>
/// The hashes of the keys of all entries: a key that is missing here has no entry. A key that is here has to be looked up, since removed
/// and expired entries stay until a look-up finds none. 28 MB for a million entries. <see cref="SuppressionList"/> owns it. Thread-safe.
/// </summary>
/// <param name="time">The clock.</param>
/// <param name="seed">A random number of this process: nobody can choose keys with equal hashes.</param>
internal sealed class SuppressionFilter(TimeProvider time, ulong seed)
{
    /// <summary>How long the hashes hold without a successful poll.</summary>
    public static readonly TimeSpan TrustedFor = TimeSpan.FromSeconds(5);

    private const ulong Prime = 1_099_511_628_211;

    private readonly Lock _lock = new();
    private readonly HashSet<ulong> _hashes = [];
    private long _version;
    private long? _confirmed;

    /// <summary>The number of hashes.</summary>
    public int Count
    {
        get
        {
            lock (_lock) return _hashes.Count;
        }
    }

    /// <summary>
    /// A number that grows with each change of the hashes; null while the hashes say nothing. It is read before the look-ups.
    /// </summary>
    public long? Version
    {
        get
        {
            lock (_lock) return _confirmed is { } at && time.GetElapsedTime(at) <= TrustedFor ? _version : null;
        }
    }

    /// <summary>Whether there are no entries at all, and this is known.</summary>
    public bool IsEmpty
    {
        get
        {
            lock (_lock) return _hashes.Count == 0 && _confirmed is { } at && time.GetElapsedTime(at) <= TrustedFor;
        }
    }

    /// <summary>Whether a key may have an entry.</summary>
    public bool MayHave(in SuppressionKey key)
    {
        var hash = Hash(key);
        lock (_lock) return _hashes.Contains(hash);
    }

    /// <summary>Adds the keys of entries.</summary>
    public void Add(IEnumerable<SuppressionKey> keys)
    {
        lock (_lock)
        {
            foreach (var key in keys) _hashes.Add(Hash(key));
            _version++;
        }
    }

    /// <summary>Removes a key that a look-up has not found, unless the hashes have changed since before the look-up.</summary>
    public void Forget(in SuppressionKey key, long version)
    {
        lock (_lock) if (version == _version) _hashes.Remove(Hash(key));
    }

    /// <summary>Removes all keys: nothing is known.</summary>
    public void Clear()
    {
        lock (_lock)
        {
            _hashes.Clear();
            _confirmed = null;
            _version++;
        }
    }

    /// <summary>All entries before a time are known.</summary>
    /// <param name="timestamp">The timestamp of the time.</param>
    public void Confirm(long timestamp)
    {
        lock (_lock) _confirmed = timestamp;
    }

    private ulong Hash(in SuppressionKey key)
    {
        // A line feed, which no target has, divides both texts.
        var hash = Mix(seed, key.Target);
        return Finish(Mix((hash ^ '\n') * Prime, key.Scope));
    }

    private static ulong Mix(ulong hash, string text)
    {
        foreach (var c in text) hash = (hash ^ c) * Prime;
        return hash;
    }

    private static ulong Finish(ulong hash)
    {
        hash = (hash ^ (hash >> 32)) * 0x9E3779B97F4A7C15;
        return hash ^ (hash >> 29);
    }
}
