using Postfleet.Core;
using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;
using Postfleet.Spool.Common;
using Postfleet.Spool.History;
using Postfleet.Spool.Storage;
using Postfleet.Storage;

namespace Postfleet.Spool.Commit;

/// <summary>
/// An engine of the spool: runs the transactions of the group commit, on the tasks of its lanes, and the queries, on any thread.
/// </summary>
internal interface IStorage : IAsyncDisposable
{
    /// <summary>The most transactions at a time. Operations on the same message always run in sequence.</summary>
    int Lanes { get; }

    /// <summary>Increases when the storage has lost changes. Operations that were queued before must not be run.</summary>
    long Epoch => 0;

    /// <summary>The kept kinds of events, in the transactions of <see cref="CommitAsync"/>.</summary>
    HistoryKeep Keeps { get; }

    /// <summary>The search in the kept events.</summary>
    IHistory History { get; }

    /// <summary>The feed of the kept events.</summary>
    IEventFeed Feed { get; }

    /// <summary>The kept changes of owner of queues; none on an engine whose queues have one owner.</summary>
    ITakeoverHistory Takeovers => NoTakeovers.Instance;

    /// <summary>A table of rows by name.</summary>
    /// <param name="table">The table (<see cref="NamedTable"/>).</param>
    INamedRowStorage Named(string table);

    /// <summary>The counts of limits.</summary>
    IBudgetStorage Budgets { get; }

    /// <summary>The counts for reports.</summary>
    IReportCountStorage ReportCounts { get; }

    /// <summary>What destinations have learned.</summary>
    ISiteStateStorage SiteStates { get; }

    /// <summary>The rows of greylisting.</summary>
    IGreylistStorage Greylist { get; }

    /// <summary>The fetched policies of domains.</summary>
    ITlsPolicyStorage TlsPolicies { get; }

    /// <summary>The suppression list.</summary>
    ISuppressionStorage Suppressions { get; }

    /// <summary>Keeps the history in other bounds, from the next time on that old events are dropped. Called on any thread.</summary>
    void Use(HistoryBounds bounds);

    /// <summary>Opens the storage, and creates missing tables.</summary>
    /// <exception cref="StartFailureException">The storage cannot be opened; the message names the place and the reason.</exception>
    Task StartAsync(CancellationToken cancellationToken);

    /// <summary>
    /// Runs operations in a single transaction, sets the result of each operation, and returns when the transaction is durable. After an
    /// exception the storage is unchanged, except after <see cref="CommitUnknownException"/>. No two of the operations settle the same part
    /// or complete a report about the same message.
    /// </summary>
    Task CommitAsync(IReadOnlyList<WriteOperation> operations);

    /// <summary>Classifies an exception of <see cref="CommitAsync"/>.</summary>
    FailureKind Judge(Exception exception);

    /// <summary>Reads the rows of a part with all of its content; null when the part is missing.</summary>
    ValueTask<PartRow?> ReadAsync(PartId part, CancellationToken cancellationToken);

    /// <summary>
    /// Reads the rows of a part with at most <paramref name="maxContent"/> octets of content, and whether nothing else of the message is
    /// left; null when the part is missing.
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

    /// <summary>The messages of a list with a part in a queue, with the stored state of moved parts, null for others.</summary>
    ValueTask<IReadOnlyDictionary<MessageId, byte[]?>> FindExistingAsync(
        QueueKey queue, IReadOnlyList<MessageId> messages, CancellationToken cancellationToken);

    /// <inheritdoc cref="IPartLedger.FindUnclaimedAsync"/>
    ValueTask<UnclaimedPage> FindUnclaimedAsync(
        DateTimeOffset acceptedBefore, PartId? after, int limit, CancellationToken cancellationToken);

    /// <inheritdoc cref="IPartScanner.ListQueuesAsync"/>
    ValueTask<IReadOnlyList<QueueKey>> ListQueuesAsync(QueueKey? after, int limit, CancellationToken cancellationToken);

    /// <inheritdoc cref="IPartScanner.ScanAsync"/>
    ValueTask<IReadOnlyList<ScannedPart>> ScanAsync(PartId? after, int limit, CancellationToken cancellationToken);

    /// <summary>Deletes idempotency keys of messages accepted before a time, the oldest first.</summary>
    /// <param name="acceptedBefore">The time.</param>
    /// <param name="limit">The most rows to delete.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The number of deleted rows.</returns>
    ValueTask<int> SweepKeysAsync(DateTimeOffset acceptedBefore, int limit, CancellationToken cancellationToken);

    /// <summary>Checks whether the storage accepts mail; throws when it refuses mail or does not answer.</summary>
    ValueTask ProbeAsync(CancellationToken cancellationToken);

    /// <inheritdoc cref="ICaptureStore.ListAsync"/>
    ValueTask<IReadOnlyList<CapturedMessage>> ListCapturedAsync(int limit, CancellationToken cancellationToken);

    /// <inheritdoc cref="ICaptureStore.ReadContentAsync"/>
    ValueTask<MessageContent?> ReadCapturedAsync(MessageId id, CancellationToken cancellationToken);
}
