namespace Postfleet.QueueActors.State;

/// <summary>The rules of a queue's decisions, derived from its policy.</summary>
/// <param name="Lifetime">How long a message is tried.</param>
/// <param name="RetryDelay">The time to the next attempt after a number of tries (1 and up), including jitter.</param>
/// <param name="Node">This node's address, for the ownership event.</param>
internal sealed record QueueRules(TimeSpan Lifetime, Func<int, TimeSpan> RetryDelay, string Node)
{
    /// <summary>The age at which the sender is warned of a delay; zero, or the lifetime and more, for never.</summary>
    public TimeSpan DelayWarning { get; init; }

    /// <summary>
    /// Whether no other process can write to the journal, as with a file locked by this process: then no stale owner must be fenced off.
    /// </summary>
    public bool IsAlone { get; init; }

    /// <summary>How long new mail may wait for its first credit before it is written to the journal; zero for not at all.</summary>
    public TimeSpan HoldFor { get; init; }

    /// <summary>Whether the spool keeps the outcomes of recipients, so that the queue passes them on.</summary>
    public bool KeepsOutcomes { get; init; }

    /// <summary>
    /// The name of this node in the journal, so that the next owner knows from which node it takes over; null where the queue can have no
    /// other owner, and where nobody asks for its history.
    /// </summary>
    public string? Owner => IsAlone || !KeepsOutcomes ? null : Node;

    /// <summary>After this many crashes of a delivery worker a message is held until its lifetime ends.</summary>
    public const int CrashesToHold = 3;
}
