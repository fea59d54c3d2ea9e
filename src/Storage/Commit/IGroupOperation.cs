namespace Postfleet.Storage.Commit;

/// <summary>One caller's write on its way through a <see cref="GroupCommit{TOperation}"/>.</summary>
public interface IGroupOperation
{
    /// <summary>Octets that the write holds in memory; 0 where that is little.</summary>
    long Weight { get; }

    /// <summary>Decides whether the write runs or was given up by its caller; true for the first that asks.</summary>
    bool TryClaim();

    /// <summary>The write is durable: the caller is told.</summary>
    void Complete();

    /// <summary>The write was not done, or its outcome is not known: the caller is told.</summary>
    void Fail(WriteFailure failure);
}

/// <summary>Why a write was not done.</summary>
/// <param name="Kind">What the failure means for other writes.</param>
/// <param name="Cause">The exception of the engine.</param>
public sealed record WriteFailure(FailureKind Kind, Exception Cause);
