using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;
using Postfleet.Spool.Commit;
using Postfleet.Spool.History;
using Postfleet.Spool.Storage;
using Postfleet.Storage;

namespace Postfleet.Spool.Tests.Commit;

/// <summary>A storage whose transactions end when the test says so.</summary>
internal sealed class FakeStorage : IStorage
{
    private readonly Lock _lock = new();

    /// <summary>Runs as the transaction; what it throws fails it.</summary>
    public Func<IReadOnlyList<WriteOperation>, Task> Transaction { get; set; } = _ => Task.CompletedTask;

    /// <summary>The sizes of the transactions that were tried, in order.</summary>
    public List<int> Tried { get; } = [];

    public int Lanes => 1;

    public HistoryKeep Keeps => HistoryKeep.None;

    public IHistory History { get; } = new NoHistory();

    public IEventFeed Feed => EventFeed.None;

    public INamedRowStorage Named(string table) => throw new NotSupportedException("no test of the commit asks for rows by name");

    public FakeGreylist Greylist { get; } = new();

    IGreylistStorage IStorage.Greylist => Greylist;

    public ISuppressionStorage Suppressions => throw new NotSupportedException("no test of the commit asks for the suppression list");

    public IBudgetStorage Budgets => throw new NotSupportedException("no test of the commit asks for limits");

    public ITlsPolicyStorage TlsPolicies => throw new NotSupportedException("no test of the commit asks for policies");

    public IReportCountStorage ReportCounts => throw new NotSupportedException("no test of the commit asks for counts");

    public ISiteStateStorage SiteStates { get; } = new NoSiteStates();

    public void Use(Postfleet.Spool.History.HistoryBounds bounds)
    {
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public async Task CommitAsync(IReadOnlyList<WriteOperation> operations)
    {
        lock (_lock) Tried.Add(operations.Count);
        await Transaction(operations);
    }

    public FailureKind Judge(Exception exception) => exception switch
    {
        TimeoutException or CommitUnknownException => FailureKind.Storage,
        IOException => FailureKind.Full,
        _ => FailureKind.Operation,
    };

    public ValueTask<PartRow?> ReadAsync(PartId part, CancellationToken cancellationToken) => throw new IOException("cannot read");

    public ValueTask<PartRow?> ReadHeadAsync(PartId part, int maxContent, CancellationToken cancellationToken) =>
        throw new IOException("cannot read");

    public ValueTask<ReportRows?> ReadPendingAsync(MessageId message, int maxContent, CancellationToken cancellationToken) =>
        throw new IOException("cannot read");

    public ValueTask<IReadOnlyList<DueReport>> FindDueAsync(
        DateTimeOffset notedBefore, long after, int limit, CancellationToken cancellationToken) =>
        throw new IOException("cannot read");

    public ValueTask<IReadOnlyDictionary<MessageId, byte[]?>> FindExistingAsync(
        QueueKey queue, IReadOnlyList<MessageId> messages, CancellationToken cancellationToken) => throw new IOException("cannot read");

    public ValueTask<IReadOnlyList<QueueKey>> ListQueuesAsync(QueueKey? after, int limit, CancellationToken cancellationToken) =>
        throw new NotSupportedException("no test of the commit lists queues");

    public ValueTask<IReadOnlyList<ScannedPart>> ScanAsync(PartId? after, int limit, CancellationToken cancellationToken) =>
        throw new NotSupportedException("no test of the commit scans parts");

    public ValueTask<UnclaimedPage> FindUnclaimedAsync(
        DateTimeOffset acceptedBefore, PartId? after, int limit, CancellationToken cancellationToken) => throw new IOException(
            "cannot read");

    public ValueTask<int> ReofferAsync(QueueKey queue, CancellationToken cancellationToken) => throw new IOException("cannot write");

    public ValueTask<int> SweepKeysAsync(DateTimeOffset acceptedBefore, int limit, CancellationToken cancellationToken) =>
        throw new IOException("cannot write");

    public ValueTask ProbeAsync(CancellationToken cancellationToken) => throw new IOException("cannot read");

    public ValueTask<IReadOnlyList<CapturedMessage>> ListCapturedAsync(int limit, CancellationToken cancellationToken) =>
        throw new IOException("cannot read");

    public ValueTask<MessageContent?> ReadCapturedAsync(MessageId id, CancellationToken cancellationToken) =>
        throw new IOException("cannot read");

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
