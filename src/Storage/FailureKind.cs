namespace Postfleet.Storage;

/// <summary>The consequence of a failed transaction for its operations.</summary>
public enum FailureKind
{
    /// <summary>An operation is at fault and the transaction was rolled back. The other operations are tried again without it.</summary>
    Operation = 1,

    /// <summary>The storage is full and the transaction was rolled back. Smaller operations and deletions may still succeed.</summary>
    Full = 2,

    /// <summary>The storage does not answer, or the outcome of the commit is unknown. No operation is tried again here.</summary>
    Storage = 3,
}

/// <summary>
/// The connection was lost during a commit, so the transaction may or may not be durable. The callers get "unavailable". If the
/// transaction was committed after all, the sweeper finds the message and delivers it, and the client's next try delivers a second copy.
/// RFC 5321 section 4.1.1.4 allows the server no better answer; reporting success instead could lose mail.
/// </summary>
public sealed class CommitUnknownException(Exception cause) : Exception($"unknown outcome of a commit: {cause.Message}", cause);
