namespace Postfleet.Simulation.Tests.Machinery;

/// <summary>The kinds of faults of a run.</summary>
internal enum FaultKind
{
    /// <summary>The network loses messages for a time.</summary>
    Loss,

    /// <summary>The network delays messages, and so reorders them, for a time.</summary>
    Delay,

    /// <summary>The network repeats messages for a time.</summary>
    Repeat,

    /// <summary>A process is killed and started again later.</summary>
    Crash,

    /// <summary>A process stands still for a time. During a long stall its shards move.</summary>
    Freeze,

    /// <summary>A node is cut off from all others, and perhaps from storage.</summary>
    Cut,

    /// <summary>A node stops in order and starts again, as in a rolling restart.</summary>
    Leave,

    /// <summary>A shard is moved to another node.</summary>
    Move,

    /// <summary>An entity fails by a fault of the program and is started again.</summary>
    EntityFails,

    /// <summary>The storage does not answer for a time; its calls may take effect all the same.</summary>
    StorageDown,

    /// <summary>Some calls of the storage fail for a time, done or not.</summary>
    StorageErrors,

    /// <summary>A site cannot be reached for a time.</summary>
    SiteDown,

    /// <summary>A site drops connections, also after the final dot, for a time.</summary>
    SiteDrops,

    /// <summary>A domain's mail goes to another site for a time.</summary>
    RouteMoves,

    /// <summary>A domain has no route, or an unknown route, for a time.</summary>
    RouteFails,

    /// <summary>Some calls of the storage take many seconds for a time.</summary>
    StorageSlow,

    /// <summary>A row of a queue's journal cannot be read any more, and the queue is started again.</summary>
    RowDamaged,

    /// <summary>The hand-off of a node is replaced in the same process, as when a removed node joins again.</summary>
    HandOffReplaced,
}

/// <summary>A fault of a run.</summary>
/// <param name="Id">Its number in the run, by which it can be left out.</param>
/// <param name="Kind">The kind.</param>
/// <param name="At">When, since the start.</param>
/// <param name="For">How long.</param>
/// <param name="Seed">The seed of its choices.</param>
internal sealed record Fault(int Id, FaultKind Kind, TimeSpan At, TimeSpan For, int Seed);
