using System.Collections.Concurrent;

namespace Postfleet.Core.Collections;

/// <summary>
/// Remembers keys for a limited time, for example recently failed hosts. Bounded: at capacity expired keys are removed, and if none has
/// expired, all keys. Thread-safe; allocates one entry for each key.
/// </summary>
/// <typeparam name="T">The type of the keys.</typeparam>
/// <param name="life">How long a key is remembered.</param>
/// <param name="capacity">The maximum number of keys.</param>
/// <param name="time">The clock.</param>
public sealed class ExpiringSet<T>(TimeSpan life, int capacity, TimeProvider time) where T : notnull
{
    private readonly ConcurrentDictionary<T, long> _until = new();

    /// <summary>The number of keys, including expired keys before their removal.</summary>
    public int Count => _until.Count;

    /// <summary>Whether no key is held; cheaper than <see cref="Contains"/> in the usual case.</summary>
    public bool IsEmpty => _until.IsEmpty;

    /// <summary>Whether a key is remembered.</summary>
    public bool Contains(T key) => _until.TryGetValue(key, out var until) && until > time.GetTimestamp();

    /// <summary>Adds a key, or renews its time.</summary>
    public void Add(T key)
    {
        var now = time.GetTimestamp();
        if (_until.Count >= capacity)
        {
            foreach (var entry in _until.Where(entry => entry.Value <= now)) _until.TryRemove(entry);
            if (_until.Count >= capacity) _until.Clear();
        }

        _until[key] = now + (long)(life.TotalSeconds * time.TimestampFrequency);
    }

    /// <summary>Forgets a key.</summary>
    public void Remove(T key) => _until.TryRemove(key, out _);
}
