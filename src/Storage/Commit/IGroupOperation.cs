namespace Postfleet.Storage.Commit;

/// <summary>A caller's write on its way through a <see cref="GroupCommit{TOperation}"/>.</summary>
public interface IGroupOperation
{
    /// <summary>Octets held in memory by the write; 0 when the amount is small.</summary>
    long Weight { get; }

    /// <summary>Claims the write for execution or for cancellation; true for the first caller only.</summary>
    bool TryClaim();

    /// <summary>Reports a durable write to the caller.</summary>
    void Complete();

    /// <summary>Reports a failed write or an unknown outcome to the caller.</summary>
    void Fail(WriteFailure failure);
}

/// <summary>Why a write failed.</summary>
/// <param name="Kind">The consequence of the failure for other writes.</param>
/// <param name="Cause">The exception of the engine.</param>
public sealed record WriteFailure(FailureKind Kind, Exception Cause);
