using Postfleet.Core.Mail;
using Postfleet.QueueActors.Events;

namespace Postfleet.QueueActors.State;

/// <summary>
/// The events of messages that are late: expired at the end of their lifetime, or delayed so long that the sender is warned. Each names the
/// last known reply, for the DSN. Owned and called by <see cref="Dispatcher"/>.
/// </summary>
internal sealed class LateMail(QueueState state, IDecisionBatch batch)
{
    private static readonly SmtpReply ExpiredReply = new(451, new EnhancedStatus(4, 4, 7), "the message could not be delivered in time");

    private static readonly SmtpReply DelayedReply = new(451, new EnhancedStatus(4, 4, 7), "the message could not be delivered yet");

    // RFC 2852 section 4.1.3.
    private static readonly EnhancedStatus TimeOver = new(5, 4, 7);

    private static readonly EnhancedStatus TimeOverButTried = new(4, 4, 7);

    // The text of an earlier reply is foreign, and this one is shown beside it.
    private const int MaxEarlier = 300;

    /// <summary>Ends the lifetime of a message, or the time that its sender allows for the delivery.</summary>
    public void Expire(QueueEntry entry, DateTimeOffset now)
    {
        var (reply, host) = DeliveryDeadlines.IsOver(entry, now.UtcTicks)
            ? (TimeOverReply(entry, 554, TimeOver), "") : ReasonOf(entry, ExpiredReply);
        batch.Emit(new MessageExpired(entry.Message, entry.Attempt + 1, now, reply, host));
    }

    /// <summary>Warns the sender of a message.</summary>
    public void ReportDelay(QueueEntry entry, DateTimeOffset now)
    {
        var (reply, host) = entry.Part.DeliverByMode == DeliverByMode.Notify
            ? (TimeOverReply(entry, 451, TimeOverButTried), "") : ReasonOf(entry, DelayedReply);
        batch.Emit(new MessageDelayed(entry.Message, entry.Attempt + 1, now, reply, host));
    }

    /// <summary>Warns the senders of messages that have waited too long for a route or for credit.</summary>
    public void ReportOverdue(in ReadyLine ready, DateTimeOffset now, QueueRules rules)
    {
        foreach (var entry in ready.Enumerate())
            if (!entry.IsRemoved && DelayWarnings.IsDue(entry, now.UtcTicks, rules)) ReportDelay(entry, now);
    }

    private SmtpReply TimeOverReply(QueueEntry entry, int code, EnhancedStatus status)
    {
        var earlier = (entry.LastReply ?? state.SiteReply)?.ToString() ?? "";
        if (earlier.Length > MaxEarlier) earlier = $"{earlier[..MaxEarlier]}...";
        return new SmtpReply(
            code, status, $"the time that the sender allowed for the delivery is over{(earlier.Length > 0 ? "; last: " : "")}{earlier}");
    }

    private (SmtpReply Reply, string Host) ReasonOf(QueueEntry entry, SmtpReply otherwise) =>
        entry.LastReply is { } last ? (last, entry.LastRemoteHost) : (state.SiteReply ?? otherwise, "");
}
