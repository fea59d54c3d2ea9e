using Postfleet.Core;
using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;
using Postfleet.Spool.Common;
using Postfleet.Spool.Storage;
using Postfleet.Storage;

namespace Postfleet.Spool.Commit;

/// <summary>An engine under the spool: it runs the transactions that the group commit puts together, and the queries.</summary>
internal interface IStorage : IAsyncDisposable
{
    /// <summary>How many transactions may run side by side; operations on one message always go one after the other.</summary>
    int Lanes { get; }

    /// <summary>Whether outcomes of recipients are written; see <see cref="IPartLedger.KeepsOutcomes"/>.</summary>
    bool KeepsOutcomes { get; }

    /// <summary>Opens the storage, and creates missing tables.</summary>
    /// <exception cref="StartFailureException">It cannot; the message says where and why.</exception>
    Task StartAsync(CancellationToken cancellationToken);

    /// <summary>
    /// Runs operations in one transaction and puts each one's result into it. Returns when it is durable. Nothing was done when it throws,
    /// but for
    /// <see cref="CommitUnknownException"/>. No two of them settle the same part or report on the same message.
    /// </summary>
    Task CommitAsync(IReadOnlyList<WriteOperation> operations);

    /// <summary>What an exception of <see cref="CommitAsync"/> means.</summary>
    FailureKind Judge(Exception exception);

    /// <summary>Reads a part's rows whole; null when the part is not there.</summary>
    ValueTask<PartRow?> ReadAsync(PartId part, CancellationToken cancellationToken);

    /// <summary>
    /// Reads a part's rows, with at most <paramref name="maxContent"/> octets of the content, and whether nothing else of the message is
    /// left; null when the part is not there.
    /// </summary>
    ValueTask<PartRow?> ReadHeadAsync(PartId part, int maxContent, CancellationToken cancellationToken);

    /// <summary>
    /// Reads the notes about a message, with at most <paramref name="maxContent"/> octets of the content; null where there are none.
    /// </summary>
    ValueTask<ReportRows?> ReadPendingAsync(MessageId message, int maxContent, CancellationToken cancellationToken);

    /// <inheritdoc cref="IReportStore.FindDueAsync"/>
    ValueTask<IReadOnlyList<DueReport>> FindDueAsync(
        DateTimeOffset notedBefore, long after, int limit, CancellationToken cancellationToken);

    /// <inheritdoc cref="IPartLedger.ReofferAsync"/>
    ValueTask<int> ReofferAsync(QueueKey queue, CancellationToken cancellationToken);

    /// <inheritdoc cref="IPartLedger.FindExistingAsync"/>
    ValueTask<IReadOnlySet<MessageId>> FindExistingAsync(
        QueueKey queue, IReadOnlyList<MessageId> messages, CancellationToken cancellationToken);

    /// <inheritdoc cref="IPartLedger.FindUnclaimedAsync"/>
    ValueTask<UnclaimedPage> FindUnclaimedAsync(
        DateTimeOffset acceptedBefore, PartId? after, int limit, CancellationToken cancellationToken);

    /// <summary>Asks the storage whether it takes mail; throws when it does not, or does not answer.</summary>
    ValueTask ProbeAsync(CancellationToken cancellationToken);

    /// <inheritdoc cref="ICaptureStore.ListAsync"/>
    ValueTask<IReadOnlyList<CapturedMessage>> ListCapturedAsync(int limit, CancellationToken cancellationToken);

    /// <inheritdoc cref="ICaptureStore.ReadContentAsync"/>
    ValueTask<MessageContent?> ReadCapturedAsync(MessageId id, CancellationToken cancellationToken);
}
