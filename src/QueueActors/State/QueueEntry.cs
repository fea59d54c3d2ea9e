using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;

namespace Postfleet.QueueActors.State;

/// <summary>
/// One message of a queue. Small on purpose, since there may be a million: times are UTC ticks, and replies are shared between entries.
/// <see cref="QueueState"/> sets the fields that events tell. <see cref="Dispatcher"/> and <see cref="MarkTracker"/> set those that no
/// event tells:
/// <see cref="WakeAt"/>, <see cref="SentAt"/>, <see cref="IsReady"/>, <see cref="IsLateAwaited"/> and <see cref="IsMarked"/>.
/// </summary>
internal sealed class QueueEntry(QueuedPart part, RecipientSet open)
{
    // A field, and read in place: a property would copy the record for each value that is taken from it.
    private readonly QueuedPart _part = part;

    public QueuedPart Part => _part;

    public MessageId Message => _part.Message;

    public RecipientSet Open { get; set; } = open;

    public DateTimeOffset AcceptedAt => _part.AcceptedAt;

    /// <summary>When the schedule wants the next attempt.</summary>
    public long NextDue { get; set; }

    /// <summary>When the heap wakes for this entry; later than <see cref="NextDue"/> while the whole site backs off.</summary>
    public long WakeAt { get; set; }

    /// <summary>When the job of the attempt in flight was last sent; 0 when it has yet to be sent by this owner.</summary>
    public long SentAt { get; set; }

    /// <summary>Number of the last attempt or decision; makes jobs and reports idempotent.</summary>
    public int Attempt { get; set; }

    /// <summary>Attempts that count for the schedule.</summary>
    public int Tries { get; set; }

    /// <summary>How often a worker crashed on the message. Two bytes, since a queue may hold a million entries.</summary>
    public short Crashes { get; set; }

    public bool IsInFlight { get; set; }

    /// <summary>Whether the entry waits for credit or a route, and so is in no heap.</summary>
    public bool IsReady { get; set; }

    public bool IsMarked { get; set; }

    /// <summary>Whether the sender was told that it takes long; it is told once.</summary>
    public bool IsDelayReported { get; set; }

    /// <summary>Whether the entry wakes for telling its sender that it takes long, before its next attempt.</summary>
    public bool IsLateAwaited { get; set; }

    public bool IsRemoved { get; set; }

    /// <summary>Where the attempt in flight was started.</summary>
    public DestinationId Destination { get; set; }

    public SmtpReply? LastReply { get; set; }

    public string LastRemoteHost { get; set; } = "";
}
