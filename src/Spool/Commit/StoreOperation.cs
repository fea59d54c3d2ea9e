using Postfleet.Spool.Cache;
using Postfleet.Spool.Storage;

namespace Postfleet.Spool.Commit;

/// <summary>Stores a message and its parts.</summary>
internal sealed class StoreOperation(EncodedMessage message, BodyCache cache) : WriteOperation<StoreResult>(message.Id, message.Weight)
{
    public EncodedMessage Stored { get; } = message;

    /// <inheritdoc/>
    public override void Complete()
    {
        cache.Add(Stored.Source);
        Succeed(StoreResult.Stored);
    }

    /// <inheritdoc/>
    public override void Fail(WriteFailure failure) =>
        Succeed(failure.Kind == FailureKind.Full ? StoreResult.InsufficientStorage : StoreResult.Unavailable);
}
