namespace Postfleet.Core.Queueing;

/// <summary>The result of storing a message.</summary>
public enum StoreResult
{
    /// <summary>Committed and flushed to stable storage. Only now may the client be told so.</summary>
    Stored = 1,

    /// <summary>There is no space (<c>452 4.3.1</c>).</summary>
    InsufficientStorage = 2,

    /// <summary>The storage does not answer or fails (<c>451 4.3.0</c>).</summary>
    Unavailable = 3,
}
