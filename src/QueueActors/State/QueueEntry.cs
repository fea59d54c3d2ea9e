using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;

namespace Postfleet.QueueActors.State;

/// <summary>
/// A message of a queue. Kept small, since there may be a million: times are UTC ticks, and entries share replies. <see cref="QueueState"/>
/// changes the fields that result from events. <see cref="Dispatcher"/> and <see cref="MarkTracker"/> change the fields of the current
/// owner, which no event records: <see cref="WakeAt"/>, <see cref="SentAt"/>, <see cref="IsReady"/>, <see cref="IsLateAwaited"/> and
/// <see cref="IsMarked"/>. Used on the queue's thread only.
/// </summary>
internal sealed class QueueEntry(QueuedPart part, RecipientSet open)
{
    // A field, read in place; a property would copy the record for each access.
    private readonly QueuedPart _part = part;

    public QueuedPart Part => _part;

    public MessageId Message => _part.Message;

    public RecipientSet Open { get; set; } = open;

    public DateTimeOffset AcceptedAt => _part.AcceptedAt;

    /// <summary>The earliest time of the first attempt, in UTC ticks; lifetime and delay warning count from here.</summary>
    public long SendAt => _part.SendAtTicks;

    /// <summary>When the next attempt is scheduled.</summary>
    public long NextDue { get; set; }

    /// <summary>When the heap wakes this entry; later than <see cref="NextDue"/> while the site is paused.</summary>
    public long WakeAt { get; set; }

    /// <summary>When the job of the attempt in flight was last sent; 0 if this owner has not sent it.</summary>
    public long SentAt { get; set; }

    /// <summary>The number of the last attempt or decision; makes jobs and reports idempotent.</summary>
    public int Attempt { get; set; }

    /// <summary>The number of attempts counted by the retry schedule.</summary>
    public int Tries { get; set; }

    /// <summary>How often a delivery worker crashed on the message. Two bytes, since a queue may hold a million entries.</summary>
    public short Crashes { get; set; }

    public bool IsInFlight { get; set; }

    /// <summary>Whether the entry waits for a route or for credit, and is in no heap.</summary>
    public bool IsReady { get; set; }

    public bool IsMarked { get; set; }

    /// <summary>Whether the delay warning was sent; it is sent once.</summary>
    public bool IsDelayReported { get; set; }

    /// <summary>Whether the entry is in the heap of delay warnings.</summary>
    public bool IsLateAwaited { get; set; }

    public bool IsRemoved { get; set; }

    /// <summary>Whether an operator has put the message on hold.</summary>
    public bool IsHeld { get; set; }

    /// <summary>How often the part was moved between queues; its hand-off mark has this number.</summary>
    public short Moves { get; set; }

    /// <summary>The number of the last operator's action applied to the message; 0 for none.</summary>
    public int Action { get; set; }

    /// <summary>The destination where the attempt in flight was started.</summary>
    public DestinationId Destination { get; set; }

    public SmtpReply? LastReply { get; set; }

    public string LastRemoteHost { get; set; } = "";
}
