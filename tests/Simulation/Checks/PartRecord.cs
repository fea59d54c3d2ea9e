using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;

namespace Postfleet.Simulation.Tests.Checks;

/// <summary>The facts of a part. Kept by <see cref="Ledger"/>.</summary>
internal sealed class PartRecord(QueuedPart part, bool hasSender)
{
    public int Recipients => part.Recipients;

    public bool HasSender => hasSender;

    /// <summary>The queues whose journals have it, or had it before they moved it.</summary>
    public HashSet<QueueKey> KnownTo { get; } = [];

    /// <summary>The queue whose journal has it; null while it is in none.</summary>
    public QueueKey? Owner { get; set; }

    public bool IsSettled { get; set; }

    /// <summary>Whether its queue has lost a row since it was stored.</summary>
    public bool IsDamaged { get; set; }

    /// <summary>Whether the journal says that no recipient is open.</summary>
    public bool IsEnded { get; set; }

    /// <summary>The last operator's action in the journal.</summary>
    public int LastAction { get; set; }

    public bool IsHeld { get; set; }

    /// <summary>Whether an operator has deleted it; then nobody is told.</summary>
    public bool IsDeleted { get; set; }

    /// <summary>The last attempt whose end is in the journal.</summary>
    public int LastRecorded { get; set; }

    /// <summary>Whether a journal records a delay report to the sender.</summary>
    public bool IsDelayReported { get; set; }

    public int[] Failed { get; } = new int[part.Recipients];

    /// <summary>Attempts whose failures were settled, and so are to be reported.</summary>
    public HashSet<int> Owed { get; } = [];

    /// <summary>Attempts whose failures were reported.</summary>
    public HashSet<int> Reported { get; } = [];

    public List<Execution> Executions { get; } = [];

    /// <summary>An attempt starts.</summary>
    public void CheckMayStart(MessageId message, DateTimeOffset at)
    {
        if (IsHeld && !IsDamaged) throw new PromiseBrokenException("held", "an attempt starts although the message is on hold", message);
        CheckInTime(message, at);
        if (at < part.SendAt) throw new PromiseBrokenException("early", "an attempt starts before the time of sending", message);
    }

    /// <summary>An attempt starts in the queue, or begins at a host.</summary>
    public void CheckInTime(MessageId message, DateTimeOffset at)
    {
        if (part.DeliverByMode == DeliverByMode.Return && at.UtcTicks >= part.DeliverByTicks)
            throw new PromiseBrokenException("late", "an attempt starts after the time for the delivery", message);
    }

    /// <summary>Whether no attempt may begin any more.</summary>
    public bool IsTimeOver(DateTimeOffset now) => part.DeliverByMode == DeliverByMode.Return && now.UtcTicks >= part.DeliverByTicks;

    public int Accepted(int index) => Executions.Count(execution => execution.Accepted.Contains(index));
}
