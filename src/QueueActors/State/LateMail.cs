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

    /// <summary>Ends the lifetime of a message.</summary>
    public void Expire(QueueEntry entry, DateTimeOffset now)
    {
        var (reply, host) = ReasonOf(entry, ExpiredReply);
        batch.Emit(new MessageExpired(entry.Message, entry.Attempt + 1, now, reply, host));
    }

    /// <summary>Warns the sender of a message.</summary>
    public void ReportDelay(QueueEntry entry, DateTimeOffset now)
    {
        var (reply, host) = ReasonOf(entry, DelayedReply);
        batch.Emit(new MessageDelayed(entry.Message, entry.Attempt + 1, now, reply, host));
    }

    /// <summary>Warns the senders of messages that have waited too long for a route or for credit.</summary>
    public void ReportOverdue(in ReadyLine ready, DateTimeOffset now, QueueRules rules)
    {
        for (var i = 0; i < ready.Count; i++)
            if (ready[i] is { IsRemoved: false } entry && DelayWarnings.IsDue(entry, now.UtcTicks, rules)) ReportDelay(entry, now);
    }

    private (SmtpReply Reply, string Host) ReasonOf(QueueEntry entry, SmtpReply otherwise) =>
        entry.LastReply is { } last ? (last, entry.LastRemoteHost) : (state.SiteReply ?? otherwise, "");
}
