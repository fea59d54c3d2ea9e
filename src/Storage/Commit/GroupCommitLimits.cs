namespace Postfleet.Storage.Commit;

/// <summary>Bounds of the group commit.</summary>
public sealed record GroupCommitLimits
{
    /// <summary>Most operations in a transaction: more would gain little and make all of them wait longer.</summary>
    public int BatchOperations { get; init; } = 1024;

    /// <summary>A transaction takes no further operation once it holds this many bytes.</summary>
    public long BatchBytes { get; init; } = 8 << 20;

    /// <summary>Most operations that wait for a lane. Callers beyond it wait to get in.</summary>
    public int QueuedOperations { get; init; } = 8192;

    /// <summary>Most bytes of content that wait, over all lanes, where callers wait for memory.</summary>
    public long QueuedBytes { get; init; } = 64 << 20;
}
