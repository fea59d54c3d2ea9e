using Postfleet.Contracts.Stats;
using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;

namespace Postfleet.Delivery.Destinations.State;

/// <summary>
/// The last replies of a site other than successes, for monitoring: the newest for each pair of codes, and how many there were. Noting a
/// reply allocates nothing but the list at the first reply. Owned by <see cref="DestinationState"/>. A mutable struct, used as a field and
/// not copied.
/// </summary>
internal struct RecentReplies
{
    /// <summary>The most replies that are kept; the oldest make room.</summary>
    public const int Max = 8;

    private Noted[]? _replies;

    /// <summary>When a recipient was last accepted; null before.</summary>
    public DateTimeOffset? LastDeliveryAt { get; private set; }

    /// <summary>Notes the replies of an attempt.</summary>
    public void Note(JobOutcome outcome, DateTimeOffset now)
    {
        for (var i = 0; i < outcome.Recipients.Count; i++)
        {
            if (outcome.Recipients[i].Disposition == Disposition.Delivered) LastDeliveryAt = now;
            else Note(outcome.Recipients[i].Reply, outcome.Recipients[i].RemoteHost, now);
        }
    }

    /// <summary>The replies, the newest first.</summary>
    public readonly IEnumerable<NotedReply> Describe() => (_replies ?? []).Where(each => each.Reply is not null)
        .OrderByDescending(each => each.At).Select(each => new NotedReply(
            each.At, QueueDescription.Cut(each.Reply!.ToString()), QueueDescription.Cut(each.Host), each.Count));

    private void Note(SmtpReply reply, string host, DateTimeOffset now)
    {
        _replies ??= new Noted[Max];
        var at = 0;
        for (var i = 0; i < Max; i++)
        {
            if (_replies[i].Reply is { } known && known.Code == reply.Code && known.Status == reply.Status)
            {
                _replies[i] = new Noted(now, reply, host, _replies[i].Count + 1);
                return;
            }

            if (_replies[i].At < _replies[at].At) at = i;
        }

        _replies[at] = new Noted(now, reply, host, 1);
    }

    private readonly record struct Noted(DateTimeOffset At, SmtpReply? Reply, string Host, long Count);
}
