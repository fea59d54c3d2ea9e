using System.Collections.Concurrent;

namespace Postfleet.Delivery.Smtp;

/// <summary>
/// Hosts that offer TLS and have it broken: for a while mail goes to them in the clear at once, where it may. Bounded: when it is full,
/// what is over goes, and if nothing is, all goes; what is forgotten costs one more handshake that fails.
/// </summary>
internal sealed class TlsMemory(TimeProvider time)
{
    /// <summary>Most hosts that are remembered.</summary>
    public const int Capacity = 10_000;

    /// <summary>
    /// How long a host is remembered. Short: who can break one handshake should not have the mail of a day in the clear for it.
    /// </summary>
    public static readonly TimeSpan Life = TimeSpan.FromMinutes(10);

    private readonly ConcurrentDictionary<string, long> _until = new(StringComparer.Ordinal);

    /// <summary>How many hosts are held.</summary>
    public int Count => _until.Count;

    public bool IsBroken(string host) => _until.TryGetValue(host, out var until) && until > time.GetTimestamp();

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
