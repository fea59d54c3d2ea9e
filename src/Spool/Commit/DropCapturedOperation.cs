using Postfleet.Core.Queueing;

namespace Postfleet.Spool.Commit;

/// <summary>Deletes captured messages.</summary>
/// <param name="message">The message; null for any.</param>
/// <param name="limit">The most rows to delete.</param>
internal sealed class DropCapturedOperation(MessageId? message, int limit) : WriteOperation<int>(message ?? default, weight: 0)
{
    /// <summary>The message; null for any.</summary>
    public MessageId? Only => message;

    /// <summary>The most rows to delete.</summary>
    public int Limit => limit;

    /// <summary>Set by the engine: the number of deleted rows.</summary>
    public int Deleted { get; set; }

    /// <inheritdoc/>
    public override void Complete() => Succeed(Deleted);
}
