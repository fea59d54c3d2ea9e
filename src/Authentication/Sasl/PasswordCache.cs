using System.Security.Cryptography;
using System.Text;

namespace Postfleet.Authentication.Sasl;

/// <summary>
/// The successful checks of passwords of the last minute, so that a client that connects often costs one hash a minute. Bounded. It holds
/// HMACs of passwords and no password. A success counts only while the user still has the same verifier, and the application password has
/// not expired. Thread-safe; the exchanges of PLAIN and LOGIN use it.
/// </summary>
public sealed class PasswordCache
{
    /// <summary>How long a success counts.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(1);

    private readonly Lock _lock = new();
    private readonly Dictionary<string, Entry> _entries = new(StringComparer.Ordinal);

    // The tags in the order of their expiry.
    private readonly Queue<(string Tag, Entry Entry)> _order = [];
    private readonly byte[] _key;
    private readonly int _capacity;

    /// <summary>Creates an empty cache.</summary>
    /// <param name="key">The key of the HMAC under which passwords are kept: random, 32 octets, of this process alone.</param>
    /// <param name="capacity">The most successes that are kept, 1 or more; the oldest is dropped first.</param>
    public PasswordCache(ReadOnlyMemory<byte> key, int capacity = 10_000)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(key.Length, 16, nameof(key));
        ArgumentOutOfRangeException.ThrowIfLessThan(capacity, 1);
        (_key, _capacity) = (key.ToArray(), capacity);
    }

    /// <summary>The number of successes that are kept, with those that count no longer.</summary>
    public int Count
    {
        get
        {
            lock (_lock) return _entries.Count;
        }
    }

    /// <summary>What stands for a user and a password.</summary>
    internal string Tag(string user, ReadOnlySpan<byte> password) =>
        Convert.ToBase64String(HMACSHA256.HashData(_key, (byte[])[.. Encoding.UTF8.GetBytes(user), 0, .. password]));

    /// <summary>Finds the verifier, one of <paramref name="candidates"/>, that the password has fulfilled within the last minute.</summary>
    internal Candidate? Find(string tag, IReadOnlyList<Candidate> candidates, DateTimeOffset now)
    {
        Entry? entry;
        lock (_lock)
        {
            if (!_entries.TryGetValue(tag, out entry)) return null;
        }

        if (now >= entry.Expires) return null;
        foreach (var candidate in candidates) if (candidate.Equals(entry.Candidate)) return candidate;
        return null;
    }

    /// <summary>Keeps a success.</summary>
    internal void Add(string tag, Candidate candidate, DateTimeOffset now)
    {
        var entry = new Entry(candidate, now + Lifetime);
        lock (_lock)
        {
            _entries[tag] = entry;
            _order.Enqueue((tag, entry));
            // Several entries of the queue can have one tag; the dictionary has the last one.
            while (_order.TryPeek(out var oldest) && (_order.Count > _capacity || oldest.Entry.Expires <= now))
            {
                _order.Dequeue();
                if (_entries.TryGetValue(oldest.Tag, out var kept) && ReferenceEquals(kept, oldest.Entry)) _entries.Remove(oldest.Tag);
            }
        }
    }

    private sealed record Entry(Candidate Candidate, DateTimeOffset Expires);
}
