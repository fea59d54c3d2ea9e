namespace Postfleet.Storage;

/// <summary>What a failed transaction means for the operations in it.</summary>
public enum FailureKind
{
    /// <summary>One of the operations is at fault, and the transaction was undone: the others are to be tried without it.</summary>
    Operation = 1,

    /// <summary>There is no room, and the transaction was undone: what is smaller, or only deletes, may still go through.</summary>
    Full = 2,

    /// <summary>
    /// The storage does not answer, or it is not known whether the transaction took place: none of it is tried again here.
    /// </summary>
    Storage = 3,
}

/// <summary>
/// The connection was lost while a transaction was being committed: it may have taken place or not. The callers are told "unavailable".
/// Should it have been committed after all, the sweeper finds the message and delivers it, and the client's next try is a second
/// copy. RFC 5321 section 4.1.1.4 leaves a sender no better answer, and the other way round mail would be lost.
/// </summary>
public sealed class CommitUnknownException(Exception cause) : Exception($"unknown outcome of a commit: {cause.Message}", cause);
