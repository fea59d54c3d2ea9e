using Postfleet.Core.Queueing;
using Postfleet.Spool.Cache;
using Postfleet.Spool.Storage;
using Postfleet.Storage;
using Postfleet.Storage.Commit;

namespace Postfleet.Spool.Commit;

/// <summary>Stores a message and its parts.</summary>
internal sealed class StoreOperation(EncodedMessage message, BodyCache cache) : WriteOperation<StoreResult>(message.Id, message.Weight)
{
    public EncodedMessage Stored { get; } = message;

    /// <summary>Set by the engine when it skipped the operation, because it has no space for new mail at present.</summary>
    public bool HasNoSpace { get; set; }

    /// <summary>The idempotency key; null for none.</summary>
    public IdempotencyKey? Key => Stored.Source.Key;

    /// <summary>
    /// Set by the engine when it skipped the operation, because the key is stored already. Null when the message was stored.
    /// </summary>
    public StoreResult? Repeated { get; set; }

    /// <inheritdoc/>
    public override void Complete()
    {
        if (HasNoSpace)
        {
            Succeed(StoreResult.InsufficientStorage);
            return;
        }

        if (Repeated is { } repeated)
        {
            Succeed(repeated);
            return;
        }

        cache.Add(Stored.Source);
        Succeed(StoreResult.Stored);
    }

    /// <inheritdoc/>
    public override void Fail(WriteFailure failure) =>
        Succeed(failure.Kind == FailureKind.Full ? StoreResult.InsufficientStorage
            : StoreResult.Unavailable with { MayBeStored = failure.Cause is CommitUnknownException });
}
