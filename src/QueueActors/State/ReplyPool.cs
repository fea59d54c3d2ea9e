using System.Collections.Concurrent;
using Postfleet.Core.Mail;

namespace Postfleet.QueueActors.State;

/// <summary>
/// Lets all queues of a node share equal replies: a million messages deferred by one host hold one reply text, not a million, and a hundred
/// thousand queues not one each. Bounded; when it is full it starts anew, which costs memory alone. Thread-safe.
/// </summary>
internal sealed class ReplyPool
{
    /// <summary>Most replies, and most hosts, that are kept: some megabytes at the very most.</summary>
    public const int Capacity = 1024;

    private readonly ConcurrentDictionary<SmtpReply, Shared> _replies = new();
    private readonly ConcurrentDictionary<string, string> _hosts = new();
    private int _count;
    private int _hostCount;

    /// <summary>Replies that are kept; counting them takes a while.</summary>
    public int Count => _replies.Count;

    /// <summary>The one instance of a reply.</summary>
    public SmtpReply Share(SmtpReply reply) => Find(reply).Reply;

    /// <summary>The one instance of a host's name.</summary>
    public string Share(string host)
    {
        if (host.Length == 0) return "";
        if (_hosts.TryGetValue(host, out var shared)) return shared;
        MakeRoom(_hosts, ref _hostCount);
        return _hosts.GetOrAdd(host, host);
    }

    /// <summary>A reply in one line, the same string for the same reply.</summary>
    public string Describe(SmtpReply reply) => Find(reply).Line;

    private Shared Find(SmtpReply reply)
    {
        if (_replies.TryGetValue(reply, out var shared)) return shared;
        MakeRoom(_replies, ref _count);
        return _replies.GetOrAdd(reply, static reply => new Shared(reply, reply.ToString()));
    }

    // Counted here: the dictionary would take all its locks to tell.
    private static void MakeRoom<TKey, TValue>(ConcurrentDictionary<TKey, TValue> pool, ref int count) where TKey : notnull
    {
        if (Interlocked.Increment(ref count) <= Capacity) return;
        pool.Clear();
        Volatile.Write(ref count, 1);
    }

    private sealed record Shared(SmtpReply Reply, string Line);
}
