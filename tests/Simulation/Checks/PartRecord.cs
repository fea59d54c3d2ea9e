using Postfleet.Core.Queueing;

namespace Postfleet.Simulation.Tests.Checks;

/// <summary>The facts of a part. Kept by <see cref="Ledger"/>.</summary>
internal sealed class PartRecord(int recipients, bool hasSender, DateTimeOffset sendAt)
{
    public int Recipients => recipients;

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

    public int[] Failed { get; } = new int[recipients];

    /// <summary>Attempts whose failures were settled, and so are to be reported.</summary>
    public HashSet<int> Owed { get; } = [];

    /// <summary>Attempts whose failures were reported.</summary>
    public HashSet<int> Reported { get; } = [];

    public List<Execution> Executions { get; } = [];

    /// <summary>An attempt starts.</summary>
    public void CheckMayStart(MessageId message, DateTimeOffset at)
    {
        if (IsHeld && !IsDamaged) throw new PromiseBrokenException("held", "an attempt starts although the message is on hold", message);
        if (at < sendAt) throw new PromiseBrokenException("early", "an attempt starts before the time of sending", message);
    }

    public int Accepted(int index) => Executions.Count(execution => execution.Accepted.Contains(index));
}
