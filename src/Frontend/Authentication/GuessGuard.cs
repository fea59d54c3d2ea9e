using System.Net;
using Postfleet.Frontend.Common;

namespace Postfleet.Frontend.Authentication;

/// <summary>
/// Slows down the guessing of passwords: the reply to a failed attempt comes after 1, 2, 4 and at most 30 s, counted by user and by
/// network, where four count as one. After ten failures each further one also ends its session. A success is never delayed, so nobody can
/// lock a user out. A count is forgotten after 15 minutes without a failure. Counts of this node alone; the table is bounded. Thread-safe.
/// </summary>
/// <param name="time">The clock.</param>
internal sealed class GuessGuard(TimeProvider time)
{
    /// <summary>The number of failures from which on a failure ends the session.</summary>
    public const int Most = 10;

    /// <summary>The longest delay.</summary>
    public static readonly TimeSpan MaxDelay = TimeSpan.FromSeconds(30);

    /// <summary>How long a count is kept without another failure.</summary>
    public static readonly TimeSpan Memory = TimeSpan.FromMinutes(15);

    private const int MaxEntries = 20_000;

    private const int UsersPerNetwork = 4;

    private readonly Lock _lock = new();
    private readonly Dictionary<object, (int Failures, long Last)> _counts = [];

    /// <summary>Counts a failure and waits for its delay.</summary>
    /// <param name="user">The user; empty for an unknown one.</param>
    /// <param name="client">The client.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>Whether the session should end.</returns>
    public async ValueTask<bool> FailedAsync(string user, IPAddress client, CancellationToken cancellationToken)
    {
        // Many users may share a network.
        var failures = (Count(ClientKeys.Of(client).Network ?? client) + UsersPerNetwork - 1) / UsersPerNetwork;
        if (user.Length > 0) failures = Math.Max(failures, Count(user));
        var delay = TimeSpan.FromSeconds(1 << Math.Min(failures - 1, 5));
        await Task.Delay(delay < MaxDelay ? delay : MaxDelay, time, cancellationToken);
        return failures > Most;
    }

    /// <summary>Forgets the failures of a user, who has given the right password. Those of the network stay.</summary>
    public void Succeeded(string user)
    {
        lock (_lock) _counts.Remove(user);
    }

    private int Count(object key)
    {
        lock (_lock)
        {
            var now = time.GetTimestamp();
            var failures = _counts.TryGetValue(key, out var count) && time.GetElapsedTime(count.Last) < Memory ? count.Failures + 1 : 1;
            if (_counts.Count >= MaxEntries && !_counts.ContainsKey(key)) Sweep();
            _counts[key] = (failures, now);
            return failures;
        }
    }

    // Half of the table goes: the counts that are outdated first, then any.
    private void Sweep()
    {
        foreach (var key in _counts.Where(count => time.GetElapsedTime(count.Value.Last) >= Memory).Select(count => count.Key).ToList())
            _counts.Remove(key);
        foreach (var key in _counts.Keys.Take(Math.Max(0, _counts.Count - MaxEntries / 2)).ToList()) _counts.Remove(key);
    }
}
