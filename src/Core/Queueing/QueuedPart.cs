using Postfleet.Core.Mail;

namespace Postfleet.Core.Queueing;

/// <summary>
/// A part as its queue knows it: all facts about the part as a whole while it waits. The record travels unchanged from the spool through
/// the hand-off or the sweeper into the queue, its journal and its checkpoints. 40 bytes, since a queue may hold a million.
/// </summary>
public readonly record struct QueuedPart
{
    // The halves of the id: as a whole it would be aligned to 16 bytes, and so would the record.
    private readonly ulong _high;
    private readonly ulong _low;
    private readonly long _acceptedAt;

    // Side by side, with a gap of two bytes at the end.
    private readonly int _recipients;
    private readonly int _sendAfter;
    private readonly int _deliverWithin;
    private readonly sbyte _priority;
    private readonly byte _deliverByMode;

    /// <summary>Makes the record.</summary>
    /// <param name="message">The message.</param>
    /// <param name="recipients">How many recipients the part has.</param>
    /// <param name="acceptedAt">When the message was accepted.</param>
    public QueuedPart(MessageId message, int recipients, DateTimeOffset acceptedAt) =>
        (_high, _low, _recipients, _acceptedAt) = (message.High, message.Low, recipients, acceptedAt.UtcTicks);

    /// <summary>The message. Together with the queue it names the part.</summary>
    public MessageId Message
    {
        get => MessageId.FromHalves(_high, _low);
        init => (_high, _low) = (value.High, value.Low);
    }

    /// <summary>How many recipients the part has; 1 to <see cref="RecipientSet.MaxRecipients"/> where the part is valid.</summary>
    public int Recipients
    {
        get => _recipients;
        init => _recipients = value;
    }

    /// <summary>When the message was committed to the spool.</summary>
    public DateTimeOffset AcceptedAt
    {
        get => new(_acceptedAt, TimeSpan.Zero);
        init => _acceptedAt = value.UtcTicks;
    }

    /// <summary>How long the part waits for its first attempt, in seconds after its acceptance; 0 for mail that is sent at once.</summary>
    public int SendAfter
    {
        get => _sendAfter;
        init => _sendAfter = Math.Max(0, value);
    }

    /// <summary>The priority, -9 to 9 (RFC 6710); other values become the nearest.</summary>
    public int Priority
    {
        get => _priority;
        init => _priority = (sbyte)Math.Clamp(value, MessagePriority.Min, MessagePriority.Max);
    }

    /// <summary>What happens when the time for the delivery is over (RFC 2852).</summary>
    public DeliverByMode DeliverByMode
    {
        get => (DeliverByMode)_deliverByMode;
        init => _deliverByMode = value is DeliverByMode.Return or DeliverByMode.Notify ? (byte)value : (byte)0;
    }

    /// <summary>
    /// The time for the delivery, in seconds after the acceptance; not negative, and without meaning where the mode is
    /// <see cref="DeliverByMode.None"/>.
    /// </summary>
    public int DeliverWithin
    {
        get => _deliverWithin;
        init => _deliverWithin = Math.Max(0, value);
    }

    /// <summary>The end of the time for the delivery, in UTC ticks; <see cref="long.MaxValue"/> for none.</summary>
    public long DeliverByTicks => _deliverByMode == 0 ? long.MaxValue
        : Math.Min(_acceptedAt + _deliverWithin * TimeSpan.TicksPerSecond, DateTimeOffset.MaxValue.UtcTicks);

    /// <summary>The same as the envelope of the message states it.</summary>
    public QueuedPart With(MessageEnvelope envelope) => this with
    {
        SendAfter = envelope.SendAfter,
        Priority = envelope.Priority,
        DeliverByMode = envelope.DeliverBy?.Mode ?? DeliverByMode.None,
        DeliverWithin = envelope.DeliverBy?.Within ?? 0,
    };

    /// <summary>The earliest time of the first attempt. The queue lifetime counts from here.</summary>
    public DateTimeOffset SendAt => new(SendAtTicks, TimeSpan.Zero);

    /// <summary>The same in UTC ticks.</summary>
    public long SendAtTicks => Math.Min(_acceptedAt + _sendAfter * TimeSpan.TicksPerSecond, DateTimeOffset.MaxValue.UtcTicks);
}

/// <summary>A part not yet acknowledged by its queue: in its node's hand-off, or found by the sweeper.</summary>
/// <param name="Queue">The queue of the part.</param>
/// <param name="Part">The part.</param>
public readonly record struct PendingPart(QueueKey Queue, QueuedPart Part)
{
    /// <summary>
    /// Whether the part was moved from another queue. Its queue takes the state of the part from the spool, which it asks about repeated
    /// offers: so the first offer is a repeat, too.
    /// </summary>
    public bool IsMoved { get; init; }

    /// <summary>The name of the part.</summary>
    public PartId Id => new(Part.Message, Queue);
}
