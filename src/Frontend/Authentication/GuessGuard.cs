using System.Net;
using Postfleet.Frontend.Common;

namespace Postfleet.Frontend.Authentication;

/// <summary>
/// Slows down the guessing of passwords: the reply to a failed attempt comes after 1, 2, 4 and at most 30 s, counted by user and by
/// network, where four count as one. After ten failures each further one also ends its session. A delay also counts when its client has
/// left: while many failures wait, further attempts of the same network are refused before the password is checked. A success is never
/// delayed, so nobody can lock out a user of another network. Names of no user count as users do, so that delays do not tell them apart. A
/// count is forgotten after 15 minutes without a failure. Counts of this node alone; the tables are bounded. Thread-safe.
/// </summary>
/// <param name="time">The clock.</param>
internal sealed class GuessGuard(TimeProvider time)
{
    /// <summary>The number of failures from which on a failure ends the session.</summary>
    public const int Most = 10;

    /// <summary>The most failures of a user that may wait for their replies in a network.</summary>
    public const int MaxWaitingOfUser = 5;

    /// <summary>The most failures that may wait for their replies in a network.</summary>
    public const int MaxWaiting = 100;

    /// <summary>The longest delay.</summary>
    public static readonly TimeSpan MaxDelay = TimeSpan.FromSeconds(30);

    /// <summary>How long a count is kept without another failure.</summary>
    public static readonly TimeSpan Memory = TimeSpan.FromMinutes(15);

    private const int MaxEntries = 20_000;

    private const int UsersPerNetwork = 4;

    private readonly Lock _lock = new();
    private readonly Dictionary<object, Entry> _counts = [];

    // Apart, so that invented names do not push the counts of users out of the table.
    private readonly Dictionary<object, Entry> _unknown = [];

    /// <summary>Whether the password of an attempt may be checked, since few earlier failures wait for their replies.</summary>
    /// <param name="name">The name that the client gave.</param>
    /// <param name="isKnown">Whether it is the name of a user.</param>
    /// <param name="client">The client.</param>
    public bool MayTry(string name, bool isKnown, IPAddress client)
    {
        var network = NetworkOf(client);
        lock (_lock)
        {
            return Waiting(_counts, network) < MaxWaiting && Waiting(isKnown ? _counts : _unknown, (network, name)) < MaxWaitingOfUser;
        }
    }

    /// <summary>Counts a failure.</summary>
    /// <param name="name">The name that the client gave; empty for none.</param>
    /// <param name="isKnown">Whether it is the name of a user.</param>
    /// <param name="client">The client.</param>
    /// <returns>When the client gets its reply, and whether the session should end then.</returns>
    public (TimeSpan Delay, bool IsLast) Failed(string name, bool isKnown, IPAddress client)
    {
        var network = NetworkOf(client);
        lock (_lock)
        {
            var ofNetwork = Count(_counts, network);
            // Many users may share a network.
            var failures = (ofNetwork.Failures + UsersPerNetwork - 1) / UsersPerNetwork;
            Entry? ofUser = null;
            if (name.Length > 0)
            {
                var table = isKnown ? _counts : _unknown;
                failures = Math.Max(failures, Count(table, name).Failures);
                ofUser = Count(table, (network, name));
            }

            var delay = TimeSpan.FromSeconds(1 << Math.Min(failures - 1, 5));
            if (delay > MaxDelay) delay = MaxDelay;
            var end = time.GetTimestamp() + (long)(delay.TotalSeconds * time.TimestampFrequency);
            ofNetwork.Ends.Enqueue(end);
            ofUser?.Ends.Enqueue(end);
            return (delay, failures > Most);
        }
    }

    /// <summary>Forgets the failures of a user, who has given the right password. Those of the network stay.</summary>
    public void Succeeded(string user)
    {
        lock (_lock) _counts.Remove(user);
    }

    private static IPAddress NetworkOf(IPAddress client) => ClientKeys.Of(client).Network ?? client;

    // Delays only grow while failures follow each other, so the ends are nearly in order.
    private int Waiting(Dictionary<object, Entry> table, object key)
    {
        if (!table.TryGetValue(key, out var entry)) return 0;
        var now = time.GetTimestamp();
        while (entry.Ends.TryPeek(out var end) && end <= now) entry.Ends.Dequeue();
        return entry.Ends.Count;
    }

    private Entry Count(Dictionary<object, Entry> table, object key)
    {
        // Bounds the ends that are kept; failures behind the bound come from attempts in parallel.
        Waiting(table, key);
        if (!table.TryGetValue(key, out var entry) || time.GetElapsedTime(entry.Last) >= Memory)
        {
            if (table.Count >= MaxEntries) Sweep(table);
            table[key] = entry = new Entry();
        }

        entry.Failures++;
        entry.Last = time.GetTimestamp();
        return entry;
    }

    // Half of the table goes: the counts that are outdated first, then any.
    private void Sweep(Dictionary<object, Entry> table)
    {
        foreach (var key in table.Where(entry => time.GetElapsedTime(entry.Value.Last) >= Memory).Select(entry => entry.Key).ToList())
            table.Remove(key);
        foreach (var key in table.Keys.Take(Math.Max(0, table.Count - MaxEntries / 2)).ToList()) table.Remove(key);
    }

    private sealed class Entry
    {
        public int Failures { get; set; }

        public long Last { get; set; }

        /// <summary>When the delays of the failures end, as time stamps.</summary>
        public Queue<long> Ends { get; } = new();
    }
}
