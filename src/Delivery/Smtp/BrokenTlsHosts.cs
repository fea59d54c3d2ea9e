using System.Collections.Concurrent;

namespace Postfleet.Delivery.Smtp;

/// <summary>
/// Remembers hosts whose offered TLS failed, so that opportunistic connections use plain text at once. Bounded: at capacity expired entries
/// are removed, and if none has expired, all entries; a forgotten host costs one more failed handshake. Thread-safe.
/// </summary>
internal sealed class BrokenTlsHosts(TimeProvider time)
{
    /// <summary>The maximum number of hosts remembered.</summary>
    public const int Capacity = 10_000;

    /// <summary>
    /// How long a host is remembered. The time is short, so that an attacker who breaks one handshake does not downgrade the mail of a day.
    /// </summary>
    public static readonly TimeSpan Life = TimeSpan.FromMinutes(10);

    private readonly ConcurrentDictionary<string, long> _until = new(StringComparer.Ordinal);

    /// <summary>The number of hosts remembered.</summary>
    public int Count => _until.Count;

    public bool Contains(string host) => _until.TryGetValue(host, out var until) && until > time.GetTimestamp();

    public void Add(string host)
    {
        var now = time.GetTimestamp();
        if (_until.Count >= Capacity)
        {
            foreach (var entry in _until.Where(entry => entry.Value <= now)) _until.TryRemove(entry);
            if (_until.Count >= Capacity) _until.Clear();
        }

        _until[host] = now + (long)(Life.TotalSeconds * time.TimestampFrequency);
    }
}
