namespace Postfleet.Core.Queueing;

/// <summary>The kind of a <see cref="StoreResult"/>.</summary>
public enum StoreStatus
{
    /// <summary>Committed and flushed to stable storage. Only now may the client be told so.</summary>
    Stored = 1,

    /// <summary>There is no space (<c>452 4.3.1</c>).</summary>
    InsufficientStorage = 2,

    /// <summary>The storage does not answer or fails (<c>451 4.3.0</c>).</summary>
    Unavailable = 3,

    /// <summary>The same message with the same idempotency key is stored already, so nothing was stored.</summary>
    StoredBefore = 4,

    /// <summary>Another message has the same idempotency key, so nothing was stored.</summary>
    KeyConflict = 5,

    /// <summary>A signature is required and its key is missing or cannot be used, so nothing was stored (<c>451 4.3.5</c>).</summary>
    SigningKeyMissing = 6,

    /// <summary>A signature is required and the message has no author that can sign, so nothing was stored (<c>554 5.6.0</c>).</summary>
    Unsignable = 7,
}

/// <summary>The result of storing a message.</summary>
/// <param name="Status">The kind of the result.</param>
/// <param name="EarlierId">The id of the first message with the key, for <see cref="StoreStatus.StoredBefore"/> alone.</param>
public readonly record struct StoreResult(StoreStatus Status, MessageId EarlierId = default)
{
    /// <summary>
    /// Whether the message may be stored all the same, since the outcome of the commit is unknown; of
    /// <see cref="StoreStatus.Unavailable"/> alone.
    /// </summary>
    public bool MayBeStored { get; init; }

    /// <inheritdoc cref="StoreStatus.Stored"/>
    public static StoreResult Stored => new(StoreStatus.Stored);

    /// <inheritdoc cref="StoreStatus.InsufficientStorage"/>
    public static StoreResult InsufficientStorage => new(StoreStatus.InsufficientStorage);

    /// <inheritdoc cref="StoreStatus.Unavailable"/>
    public static StoreResult Unavailable => new(StoreStatus.Unavailable);

    /// <inheritdoc cref="StoreStatus.KeyConflict"/>
    public static StoreResult KeyConflict => new(StoreStatus.KeyConflict);

    /// <inheritdoc cref="StoreStatus.StoredBefore"/>
    /// <param name="id">The id of the first message.</param>
    public static StoreResult StoredBefore(MessageId id) => new(StoreStatus.StoredBefore, id);
}
