using Postfleet.Core.Mail;

namespace Postfleet.QueueActors.State;

/// <summary>
/// Lets entries share equal replies: a million messages deferred by one host hold one reply text, not a million. Bounded; when it is full it
/// starts anew, which costs memory alone.
/// </summary>
internal sealed class ReplyPool
{
    private const int Capacity = 64;

    private readonly Dictionary<SmtpReply, SmtpReply> _replies = [];
    private readonly Dictionary<string, string> _hosts = [];

    public SmtpReply Share(SmtpReply reply) => Share(_replies, reply);

    public string Share(string host) => Share(_hosts, host);

    private static T Share<T>(Dictionary<T, T> pool, T value) where T : notnull
    {
        if (pool.TryGetValue(value, out var shared)) return shared;
        if (pool.Count >= Capacity) pool.Clear();
        pool.Add(value, value);
        return value;
    }
}
