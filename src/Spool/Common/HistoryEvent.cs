using Postfleet.Core.Classification;
using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;

namespace Postfleet.Spool.Common;

/// <summary>An event of one recipient. Message, queue, number and index of the recipient are its key, together with its kind.</summary>
/// <param name="Message">The message.</param>
/// <param name="Queue">The queue of the recipient; for a DSN the queue whose settlement stored it, or an empty key.</param>
/// <param name="Number">The number of the event in the part, as attempts are counted; 0 for the acceptance.</param>
/// <param name="RecipientIndex">The index of the recipient in the part; 0 for a DSN.</param>
/// <param name="Kind">The kind.</param>
/// <param name="At">When the event happened, by the steady clock of its node.</param>
/// <param name="Recipient">The address of the recipient, for a DSN the address to which it is sent; empty where the rows of the part were
/// damaged.</param>
/// <param name="Sender">The reverse-path; empty for the null reverse-path.</param>
public sealed record HistoryEvent(
    MessageId Message, QueueKey Queue, int Number, int RecipientIndex, HistoryKind Kind, DateTimeOffset At, string Recipient, string Sender)
{
    /// <summary>The deciding reply; null for events without a reply.</summary>
    public SmtpReply? Reply { get; init; }

    /// <summary>The name and address of the host of the reply; empty for a reply of this system.</summary>
    public string RemoteHost { get; init; } = "";

    /// <summary>
    /// The class of the reply, by the rules of the reading node; null for an event without a negative reply. Not stored.
    /// </summary>
    public BounceClass? Class { get; init; }

    /// <summary>How the attempt reached the remote host; null for events without an attempt.</summary>
    public AttemptDetails? Attempt { get; init; }

    /// <summary>The facts of the acceptance; null for events of other kinds.</summary>
    public HistoryAcceptance? Acceptance { get; init; }

    /// <summary>The stored DSN; null for events of other kinds.</summary>
    public MessageId? Notification { get; init; }

    /// <summary>The state of the recipient after the event; null for events without a change of state.</summary>
    public HistoryState? State => HistoryStates.Of(Kind);
}

/// <summary>The facts of the acceptance of a message.</summary>
/// <param name="Size">Length of the content in octets.</param>
/// <param name="ClientAddress">The address of the client; empty for mail of this system, for example a DSN.</param>
/// <param name="ClientName">The name of the client from HELO or EHLO.</param>
/// <param name="EnvelopeId">ENVID in xtext; empty for none.</param>
public sealed record HistoryAcceptance(long Size, string ClientAddress, string ClientName, string EnvelopeId)
{
    /// <summary>How long the message waits for its first attempt, in seconds after its acceptance; 0 for mail sent at once.</summary>
    public int SendAfter { get; init; }

    /// <summary>The priority.</summary>
    public int Priority { get; init; }

    /// <summary>The time for the delivery; null for none.</summary>
    public DeliverByRequest? DeliverBy { get; init; }

    /// <summary>
    /// What the sender noted; of a message with several recipients, perhaps in the event of one of them alone.
    /// </summary>
    public MessageMetadata Metadata { get; init; } = MessageMetadata.None;

    /// <summary>The listener, the TLS of the session and the user.</summary>
    public AcceptanceDetails Details { get; init; } = AcceptanceDetails.None;

    /// <summary>The Message-ID of the header with its angle brackets; empty for none.</summary>
    public string HeaderMessageId => Details.HeaderMessageId;
}
