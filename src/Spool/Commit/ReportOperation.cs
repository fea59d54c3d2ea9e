using Postfleet.Core.Queueing;
using Postfleet.Spool.Cache;
using Postfleet.Spool.Common;
using Postfleet.Spool.Storage;

namespace Postfleet.Spool.Commit;

/// <summary>Deletes the notes about a message and stores its report; see <see cref="IReportStore.CompleteAsync"/>.</summary>
internal sealed class ReportOperation(MessageId message, IReadOnlyList<long> rows, EncodedMessage? notification, BodyCache cache)
    : WriteOperation<bool>(message, notification?.Weight ?? 0)
{
    public IReadOnlyList<long> Rows => rows;

    public EncodedMessage? Notification => notification;

    /// <summary>Set by the engine: whether all rows were there.</summary>
    public bool Applied { get; set; }

    /// <inheritdoc/>
    public override void Complete()
    {
        if (Applied && notification is not null) cache.Add(notification.Source);
        Succeed(Applied);
    }
}
