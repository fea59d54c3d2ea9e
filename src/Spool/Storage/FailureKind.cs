namespace Postfleet.Spool.Storage;

/// <summary>What a failed transaction means for the operations in it.</summary>
internal enum FailureKind
{
    /// <summary>One of the operations is at fault, and the transaction was undone: the others are to be tried without it.</summary>
    Operation = 1,

    /// <summary>There is no room, and the transaction was undone: what is smaller, or only deletes, may still go through.</summary>
    Full = 2,

    /// <summary>The storage does not answer, or it is not known whether the transaction took place: none of it is tried again here.</summary>
    Storage = 3,
}

/// <summary>
/// The connection was lost, or the flush failed, while a transaction was being committed. It may have taken place. The caller is told
/// "unavailable" and sends again; should the first have been committed after all, the sweeper finds and delivers it too. Only not
/// answering the client at all could be safer, and the client's retry would be the same one.
/// </summary>
internal sealed class CommitUnknownException(Exception cause) : Exception($"unknown outcome of a commit: {cause.Message}", cause);
