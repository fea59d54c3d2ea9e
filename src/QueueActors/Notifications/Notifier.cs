using Postfleet.Contracts.Queueing;
using Postfleet.Contracts.Signing;
using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;
using Postfleet.QueueActors.Events;
using Postfleet.QueueActors.Submitting;
using Postfleet.Spool.Common;

namespace Postfleet.QueueActors.Notifications;

/// <summary>The configured rules for DSNs.</summary>
/// <param name="Lifetime">How long the mail of a queue is tried.</param>
internal sealed record NotificationRules(Func<QueueKey, TimeSpan> Lifetime)
{
    /// <summary>Recipients of a copy of each report of a failure.</summary>
    public IReadOnlyList<Mailbox> Copies { get; init; } = [];

    /// <summary>Largest message to return whole, in octets.</summary>
    public long MaxReturned { get; init; }
}

/// <summary>A DSN to store.</summary>
/// <param name="Message">The DSN.</param>
/// <param name="Recipients">The number of reported recipients.</param>
/// <param name="Unnamed">The number of reported recipients not named in the DSN.</param>
internal sealed record NotificationDraft(NewMessage Message, int Recipients, int Unnamed);

/// <summary>Decides whether a DSN is due, its addressee and its recipients, and builds the DSN. No I/O; the clock is that of
/// the signer alone. Thread-safe.</summary>
internal sealed class Notifier(DsnBuilder builder, NotificationRules rules, IMessageSigner? signer = null)
{
    /// <summary>
    /// Most recipients named in a report about a message of an untrusted client. Its sender may be forged, so the report must not be much
    /// larger than that message.
    /// </summary>
    public const int MaxNamedToUntrusted = 100;

    private volatile NotificationRules _rules = rules;

    /// <summary>Decides about later DSNs by other rules.</summary>
    public void Use(NotificationRules next) => _rules = next;

    /// <summary>
    /// The note for the message's sender about a settlement, by the sender's request. Null where there is no sender to notify (RFC 5321
    /// section 4.5.5), or nothing to report.
    /// </summary>
    public NotedReport? Note(SettlementRequest report, SpooledPart spooled, DateTimeOffset now)
    {
        if (spooled.Message.ReversePath is null) return null;
        var outcomes = report.Reported.Select(outcome => Name(outcome, spooled)).Where(outcome => outcome.Recipients.Count > 0)
            .ToArray();
        if (outcomes.Length == 0) return null;
        DateTimeOffset? until = report.Cause == ReportCause.Delayed
            ? SentFrom(spooled.AcceptedAt, spooled.Message) + _rules.Lifetime(spooled.Id.Queue) : null;
        return new NotedReport(spooled.Id.Queue, report.Cause, now, until, outcomes);
    }

    /// <summary>
    /// Whether the whole message is needed, and not only the octets read so far: its sender wants it back with a failure, and it is not
    /// too large.
    /// </summary>
    public bool WantsAll(PendingReport pending) =>
        ReturnsAll(pending.Envelope) && pending.Envelope.Size > pending.Content.Length && pending.Envelope.ReversePath is not null
        && pending.Notes.Any(note => note.Outcomes.Any(outcome => outcome.Disposition == Disposition.Failed));

    /// <summary>The DSN about all notes; null where there is no sender to notify.</summary>
    /// <param name="pending">The notes.</param>
    /// <param name="now">The time.</param>
    /// <param name="date">The wall-clock time, for the DSN's date.</param>
    /// <exception cref="SigningUnavailableException">The DSN must be signed, and cannot be at present.</exception>
    public NotificationDraft? Notify(PendingReport pending, DateTimeOffset now, DateTimeOffset date)
    {
        if (pending.Envelope.ReversePath is not { } sender) return null;
        var recipients = Gather(pending.Notes);
        var named = pending.Envelope.IsFromUntrustedClient && recipients.Count > MaxNamedToUntrusted
            ? recipients.OrderBy(recipient => recipient.Action).Take(MaxNamedToUntrusted).ToArray() : recipients;
        var id = MessageId.New(now);
        var status = new StatusReport(id, pending.Message, sender, pending.AcceptedAt, now, named, pending.Content)
        {
            Date = date,
            EnvelopeId = pending.Envelope.EnvelopeId,
            HoldRequest = pending.Envelope.HoldRequest,
            DeliverBy = pending.Envelope.DeliverBy?.At(pending.AcceptedAt),
            SentFrom = SentFrom(pending.AcceptedAt, pending.Envelope),
            Unnamed = recipients.Count - named.Count,
        };
        // RET is about failures (RFC 3461 section 4.3): other reports return the header.
        status = status with
        {
            ReturnsAll = status.HasFailures && ReturnsAll(pending.Envelope)
            && pending.Content.Length == pending.Envelope.Size
        };
        var content = builder.Build(status);
        if (signer?.Sign(content, QueueKey.DefaultStream) is { } signed)
        {
            content = signed.Fault == SigningFault.None ? signed.Content
                : throw new SigningUnavailableException("a signature is required for reports, and its key is missing or cannot be used");
        }

        var envelope = new MessageEnvelope
        {
            ReversePath = null,
            Size = content.Length,
            // RFC 6710 section 4.6.
            Priority = pending.Envelope.Priority,
            // The header contains much of the information which REQUIRETLS protects (RFC 8689 section 5).
            RequiresTls = pending.Envelope.RequiresTls,
            Acceptance = AcceptanceDetails.None with { HeaderMessageId = HeaderMessageId.Read(content) },
            HasEightBitContent = status.ReturnsAll && ReturnedMessage.Judge(status.Content) == ReturnedKind.EightBit,
        };
        Mailbox[] readers = status.HasFailures ? [.. _rules.Copies.Prepend(sender).Distinct()] : [sender];
        var submission = new Submission(id, envelope, readers, content);
        return new NotificationDraft(PartGrouping.ToMessage(submission, now), recipients.Count, status.Unnamed);
    }

    // RFC 8689 section 5: RET=FULL is disregarded. Mail from strangers is never returned whole either: a report would carry their
    // content to a sender address of their choice.
    private bool ReturnsAll(MessageEnvelope envelope) =>
        envelope is { Return: ReturnContent.Full, RequiresTls: false, IsFromUntrustedClient: false } && envelope.Size <= _rules.MaxReturned;

    private static DateTimeOffset SentFrom(DateTimeOffset acceptedAt, MessageEnvelope envelope) =>
        acceptedAt + TimeSpan.FromSeconds(envelope.SendAfter);

    private static NotedOutcome Name(RecipientOutcome outcome, SpooledPart spooled)
    {
        var part = spooled.Part;
        var wanted = outcome.Disposition switch
        {
            Disposition.Failed => NotifyOn.Failure,
            Disposition.Deferred => NotifyOn.Delay,
            _ => NotifyOn.Success,
        };
        var recipients = outcome.Recipients.Indexes()
            .Where(index => index < part.Recipients.Count && Wants(part.RequestOf(index)))
            .Select(index => new NotedRecipient(part.Recipients[index], part.RequestOf(index).OriginalRecipient));
        return new NotedOutcome([.. recipients], outcome.Disposition, outcome.Success, outcome.Reply, outcome.RemoteHost);

        // Of a message with a time for its delivery, the sender is told of a relay without a request, too (RFC 2852 section 4.1.4).
        bool Wants(DsnRequest request) => outcome is { Disposition: Disposition.Delivered, Success: SuccessReport.Relayed }
            && spooled.Message.DeliverBy is not null ? request.Notify != NotifyOn.Never : request.Wants(wanted);
    }

    // If a recipient was delayed and then had a final outcome before the report was made, the report states the final outcome.
    private static IReadOnlyList<ReportedRecipient> Gather(IReadOnlyList<NotedReport> notes)
    {
        var recipients = new OrderedDictionary<Mailbox, ReportedRecipient>();
        foreach (var note in notes)
        {
            foreach (var outcome in note.Outcomes)
            {
                foreach (var recipient in outcome.Recipients)
                {
                    recipients[recipient.Address] = new ReportedRecipient(recipient.Address, outcome.Reply, outcome.RemoteHost)
                    {
                        Action = ActionOf(outcome),
                        OriginalRecipient = recipient.OriginalRecipient,
                        IsExpired = note.Cause == ReportCause.Expired,
                        At = note.At,
                        RetriedUntil = note.RetriedUntil,
                    };
                }
            }
        }

        return [.. recipients.Values];
    }

    private static DsnAction ActionOf(NotedOutcome outcome) => outcome switch
    {
        { Disposition: Disposition.Failed } => DsnAction.Failed,
        { Disposition: Disposition.Deferred } => DsnAction.Delayed,
        { Success: SuccessReport.Relayed } => DsnAction.Relayed,
        { Success: SuccessReport.Expanded } => DsnAction.Expanded,
        _ => DsnAction.Delivered,
    };
}
