namespace Postfleet.Storage.Commit;

/// <summary>One caller's write on its way through a <see cref="GroupCommit{TOperation}"/>.</summary>
public interface IGroupOperation
{
    /// <summary>Octets that the write holds in memory; 0 when the amount is small.</summary>
    long Weight { get; }

    /// <summary>Claims the write for execution or for cancellation; true for the first caller only.</summary>
    bool TryClaim();

    /// <summary>Tells the caller that the write is durable.</summary>
    void Complete();

    /// <summary>Tells the caller that the write failed or that its outcome is unknown.</summary>
    void Fail(WriteFailure failure);
}

/// <summary>Why a write failed.</summary>
/// <param name="Kind">What the failure means for other writes.</param>
/// <param name="Cause">The exception of the engine.</param>
public sealed record WriteFailure(FailureKind Kind, Exception Cause);
