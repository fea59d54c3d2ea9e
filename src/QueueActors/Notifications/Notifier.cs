using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;
using Postfleet.QueueActors.State;
using Postfleet.Spool;

namespace Postfleet.QueueActors.Notifications;

/// <summary>What decides about DSNs beside the message's own envelope.</summary>
/// <param name="Lifetime">How long the mail of a queue is tried.</param>
internal sealed record NotificationRules(Func<QueueKey, TimeSpan> Lifetime)
{
    /// <summary>Who gets a copy of each report of a failure.</summary>
    public IReadOnlyList<Mailbox> Copies { get; init; } = [];

    /// <summary>Largest message that is returned whole, in octets.</summary>
    public long MaxReturned { get; init; }
}

/// <summary>Decides who is told what by a DSN, and makes it. No I/O, no clock.</summary>
internal sealed class Notifier(DsnBuilder builder, NotificationRules rules)
{
    /// <summary>Whether the whole message is needed, and not only what was read of it: its sender wants it back with a failure, and it is not too large.</summary>
    public bool WantsAll(SettleReport report, SpooledPart spooled) =>
        ReturnsAll(spooled) && spooled.Message.Size > spooled.Content.Length && spooled.Message.ReversePath is not null
        && report.Reported.Any(outcome => outcome.Disposition == Disposition.Failed);

    /// <summary>
    /// The DSN that a report asks for, about all of its recipients that the sender wants to hear of in this way. Null where there is nobody to tell
    /// (RFC 5321 section 4.5.5), or nothing to say.
    /// </summary>
    public NewMessage? Notify(SettleReport report, SpooledPart spooled, DateTimeOffset now)
    {
        if (spooled.Message.ReversePath is not { } sender) return null;
        var recipients = report.Reported.SelectMany(outcome => Name(outcome, spooled.Part)).ToArray();
        if (recipients.Length == 0) return null;
        var id = MessageId.New(now);
        var status = new StatusReport(
            id, report.Message, sender, spooled.AcceptedAt, now, report.Cause == ReportCause.Expired, recipients, spooled.Content)
        {
            EnvelopeId = spooled.Message.EnvelopeId,
            RetriedUntil = report.Cause == ReportCause.Delayed ? spooled.AcceptedAt + rules.Lifetime(spooled.Id.Queue) : null,
        };
        // RET is about failures (RFC 3461 section 4.3): other reports return the header.
        status = status with { ReturnsAll = status.HasFailures && ReturnsAll(spooled) && spooled.Content.Length == spooled.Message.Size };
        var content = builder.Build(status);
        var envelope = new MessageEnvelope
        {
            ReversePath = null,
            Size = content.Length,
            // The header says much of what the message was to be protected for (RFC 8689 section 5).
            RequiresTls = spooled.Message.RequiresTls,
            HasEightBitContent = status.ReturnsAll && ReturnedMessage.Judge(status.Content) == ReturnedKind.EightBit,
        };
        return new NewMessage(id, now, envelope, content, Parts(sender, status.HasFailures));
    }

    // RFC 8689 section 5: RET=FULL is disregarded.
    private bool ReturnsAll(SpooledPart spooled) =>
        spooled.Message is { Return: ReturnContent.Full, RequiresTls: false } && spooled.Message.Size <= rules.MaxReturned;

    private static IEnumerable<ReportedRecipient> Name(RecipientOutcome outcome, PartEnvelope part)
    {
        var (wanted, action) = outcome switch
        {
            { Disposition: Disposition.Failed } => (NotifyOn.Failure, DsnAction.Failed),
            { Disposition: Disposition.Deferred } => (NotifyOn.Delay, DsnAction.Delayed),
            { Success: SuccessReport.Relayed } => (NotifyOn.Success, DsnAction.Relayed),
            _ => (NotifyOn.Success, DsnAction.Delivered),
        };
        return outcome.Recipients.Indexes()
            .Where(index => index < part.Recipients.Count && part.RequestOf(index).Wants(wanted))
            .Select(index => new ReportedRecipient(part.Recipients[index], outcome.Reply, outcome.RemoteHost)
            {
                Action = action,
                OriginalRecipient = part.RequestOf(index).OriginalRecipient,
            });
    }

    // One message to the sender and to those who get copies, in parts by their queues.
    private IReadOnlyList<NewPart> Parts(Mailbox sender, bool isFailure)
    {
        IEnumerable<Mailbox> all = isFailure ? [sender, .. rules.Copies] : [sender];
        return [.. all.Distinct().GroupBy(mailbox => QueueKey.For(mailbox.Domain)).Select(group => new NewPart(group.Key, new PartEnvelope([.. group])))];
    }
}
