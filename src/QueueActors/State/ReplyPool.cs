using System.Collections.Concurrent;
using Postfleet.Core.Mail;

namespace Postfleet.QueueActors.State;

/// <summary>
/// Shares equal replies among all queues of a node: a million messages deferred by a host, in up to a hundred thousand queues, share a
/// single reply text. Bounded: when full it starts anew, which costs only memory. Thread-safe.
/// </summary>
internal sealed class ReplyPool
{
    /// <summary>The maximum number of replies, and of host names: a few megabytes at most.</summary>
    public const int Capacity = 1024;

    private readonly ConcurrentDictionary<SmtpReply, Shared> _replies = new();
    private readonly ConcurrentDictionary<string, string> _hosts = new();
    private int _count;
    private int _hostCount;

    /// <summary>The number of replies kept; slow, since it locks the dictionary.</summary>
    public int Count => _replies.Count;

    /// <summary>The shared instance of a reply.</summary>
    public SmtpReply Share(SmtpReply reply) => Find(reply).Reply;

    /// <summary>The shared instance of a host name.</summary>
    public string Share(string host)
    {
        if (host.Length == 0) return "";
        if (_hosts.TryGetValue(host, out var shared)) return shared;
        ClearIfFull(_hosts, ref _hostCount);
        return _hosts.GetOrAdd(host, host);
    }

    /// <summary>A reply in a single line; the same string for equal replies.</summary>
    public string Describe(SmtpReply reply) => Find(reply).Line;

    private Shared Find(SmtpReply reply)
    {
        if (_replies.TryGetValue(reply, out var shared)) return shared;
        ClearIfFull(_replies, ref _count);
        return _replies.GetOrAdd(reply, static reply => new Shared(reply, reply.ToString()));
    }

    // A separate counter, since the dictionary's Count takes all its locks.
    private static void ClearIfFull<TKey, TValue>(ConcurrentDictionary<TKey, TValue> pool, ref int count) where TKey : notnull
    {
        if (Interlocked.Increment(ref count) <= Capacity) return;
        pool.Clear();
        Volatile.Write(ref count, 1);
    }

    private sealed record Shared(SmtpReply Reply, string Line);
}
