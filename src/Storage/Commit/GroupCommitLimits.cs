namespace Postfleet.Storage.Commit;

/// <summary>Bounds of the group commit.</summary>
public sealed record GroupCommitLimits
{
    /// <summary>Most operations in a transaction. A larger batch gains little and makes all its callers wait longer.</summary>
    public int BatchOperations { get; init; } = 1024;

    /// <summary>A transaction accepts no further operation once it holds this many bytes.</summary>
    public long BatchBytes { get; init; } = 8 << 20;

    /// <summary>Most operations queued for a lane. Further callers wait for free capacity in the queue.</summary>
    public int QueuedOperations { get; init; } = 8192;

    /// <summary>Most bytes of content queued over all lanes, for callers waiting for memory.</summary>
    public long QueuedBytes { get; init; } = 64 << 20;
}
