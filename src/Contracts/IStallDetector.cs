namespace Postfleet.Contracts;

/// <summary>
/// Says whether this process stood still for so long that the cluster may have given its entities to another node. Asked before each
/// irreversible step of a delivery. Safe on any thread.
/// </summary>
public interface IStallDetector
{
    /// <summary>
    /// The longest time between two readings of the clock without a stall. It is above the pauses of a loaded machine and of a garbage
    /// collection, and half of the 10 seconds after which, at the earliest, the cluster gives the entities of a silent node to another.
    /// </summary>
    static readonly TimeSpan MaxGap = TimeSpan.FromSeconds(5);

    /// <summary>Whether there was a recent stall, in which the cluster may have given up this node without its knowledge.</summary>
    bool IsRecovering { get; }

    /// <summary>Marks the moment, for <see cref="IsSteady"/>.</summary>
    long Mark();

    /// <summary>Whether there was no stall between a mark and this moment.</summary>
    bool IsSteady(long mark);

    /// <summary>Waits until the last stall is long enough ago for a new attempt to begin.</summary>
    Task RecoverAsync(CancellationToken cancellationToken);
}
