using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;
using Postfleet.Core;
using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;
using Postfleet.Spool.Capture;
using Postfleet.Spool.Commit;
using Postfleet.Spool.Common;
using Postfleet.Spool.History;
using Postfleet.Spool.Storage;
using Postfleet.Storage;
using Postfleet.Storage.Sqlite;

namespace Postfleet.Spool.Sqlite;

/// <summary>
/// The engine for the spool in a file of the node's data folder. Owns the lock of the folder, the writer with its thread, and the readers.
/// </summary>
internal sealed class SqliteStorage : IStorage
{
    private readonly string _folder;
    private readonly string _file;
    private readonly CaptureBounds _bounds;
    private readonly DiskSpaceGuard _space;
    private readonly SqliteReaders _readers;
    private readonly ISqliteOutcomeWriter? _outcomes;
    private readonly SqliteHistory? _history;
    private FolderLock? _lock;
    private WriterThread? _thread;
    private SqliteWriter? _writer;

    public SqliteStorage(
        string folder, CaptureBounds bounds, ILogger logger, TimeProvider time, Func<string, VolumeSpace>? measureSpace = null,
        SpoolSettings? history = null, ISqliteOutcomeWriter? outcomes = null)
    {
        _folder = Path.GetFullPath(folder);
        _file = Path.Combine(_folder, "spool.db");
        _bounds = bounds;
        _space = new DiskSpaceGuard(_folder, measureSpace ?? VolumeSpace.Of, time, logger);
        _readers = new SqliteReaders(() => SqliteSession.Open(_file, SqliteOpenMode.ReadWrite, SqliteSchema.Reader));
        if (history is { HistoryKeep: not HistoryKeep.None })
        {
            _history = new SqliteHistory(
                _folder, history.HistoryKeep, new HistoryBounds(history.HistoryRetention, history.HistoryMaxBytes), _readers, logger, time);
        }

        Budgets = new SqliteBudgets(_readers, RunOnWriterAsync, time);
        ReportCounts = new SqliteReportCounts(_readers, RunOnWriterAsync);
        SiteStates = new SqliteSiteStates(_readers, RunOnWriterAsync);
        Greylist = new SqliteGreylist(_readers, RunOnWriterAsync, time);
        TlsPolicies = new SqliteTlsPolicies(_readers, RunOnWriterAsync);
        Suppressions = new SqliteSuppressions(_readers, RunOnWriterAsync);
        _outcomes = outcomes ?? _history?.Outbox;
    }

    /// <inheritdoc/>
    public int Lanes => 1;

    /// <inheritdoc/>
    public HistoryKeep Keeps => _outcomes?.Keep ?? HistoryKeep.None;

    /// <inheritdoc/>
    public IHistory History => _history?.Search ?? new NoHistory();

    /// <inheritdoc/>
    public IEventFeed Feed => _history?.Feed ?? EventFeed.None;

    /// <inheritdoc/>
    public INamedRowStorage Named(string table) => new SqliteNamedRows(_readers, RunOnWriterAsync, table);

    /// <inheritdoc/>
    public IBudgetStorage Budgets { get; }

    /// <inheritdoc/>
    public IReportCountStorage ReportCounts { get; }

    /// <inheritdoc/>
    public ISiteStateStorage SiteStates { get; }

    /// <inheritdoc/>
    public IGreylistStorage Greylist { get; }

    /// <inheritdoc/>
    public ITlsPolicyStorage TlsPolicies { get; }

    /// <inheritdoc/>
    public ISuppressionStorage Suppressions { get; }

    /// <inheritdoc/>
    public void Use(HistoryBounds bounds) => _history?.Mover.Use(bounds);

    /// <summary>The mover, for tests.</summary>
    internal SqliteHistoryMover? Mover => _history?.Mover;

    /// <inheritdoc/>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        _lock = FolderLock.Take(_folder);
        try
        {
            await SqliteSchema.PrepareAsync(_file, cancellationToken);
            _writer = OpenWriter();
            if (_history is not null) await _history.StartAsync(cancellationToken);
        }
        catch (Exception e)
        {
            _writer?.Dispose();
            _lock.Dispose();
            if (e is SqliteException) throw new StartFailureException($"cannot open the spool '{_file}': {e.Message}", e);
            throw;
        }

        _thread = new WriterThread("spool writer");
    }

    /// <inheritdoc/>
    public Task CommitAsync(IReadOnlyList<WriteOperation> operations) => RunOnWriterAsync(writer => writer.Commit(operations));

    /// <summary>Runs an action on the writer's thread with its connection, which is opened again where an error closed it.</summary>
    internal Task RunOnWriterAsync(Action<SqliteWriter> action) => Thread.RunAsync(() =>
    {
        // The file must exist: creating a missing file here would hide the loss of all mail in it.
        _writer ??= OpenWriter();
        try
        {
            action(_writer);
        }
        catch (Exception e) when (Judge(e) == FailureKind.Storage)
        {
            _writer.Dispose();
            _writer = null;
            throw;
        }
    });

    /// <inheritdoc/>
    public FailureKind Judge(Exception exception) => SqliteFault.Judge(exception);

    /// <inheritdoc/>
    public ValueTask<PartRow?> ReadAsync(PartId part, CancellationToken cancellationToken) =>
        _readers.RunAsync(session => SqliteQueries.Read(session, part), cancellationToken);

    /// <inheritdoc/>
    public ValueTask<PartRow?> ReadHeadAsync(PartId part, int maxContent, CancellationToken cancellationToken) =>
        _readers.RunAsync(session => SqliteQueries.ReadHead(session, part, maxContent), cancellationToken);

    /// <inheritdoc/>
    public ValueTask<ReportRows?> ReadPendingAsync(MessageId message, int maxContent, CancellationToken cancellationToken) =>
        _readers.RunAsync(session => SqliteReports.Read(session, message, maxContent), cancellationToken);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<DueReport>> FindDueAsync(
        DateTimeOffset notedBefore, long after, int limit, CancellationToken cancellationToken) =>
        _readers.RunAsync(session => SqliteReports.FindDue(session, notedBefore, after, limit), cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<int> ReofferAsync(QueueKey queue, CancellationToken cancellationToken)
    {
        var parts = 0;
        await RunOnWriterAsync(writer => parts = writer.Reoffer(queue));
        return parts;
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyDictionary<MessageId, byte[]?>> FindExistingAsync(
        QueueKey queue, IReadOnlyList<MessageId> messages, CancellationToken cancellationToken) =>
        _readers.RunAsync(session => SqliteQueries.FindExisting(session, queue, messages), cancellationToken);

    /// <inheritdoc/>
    public ValueTask<UnclaimedPage> FindUnclaimedAsync(
        DateTimeOffset acceptedBefore, PartId? after, int limit, CancellationToken cancellationToken) =>
        _readers.RunAsync(session => SqliteQueries.FindUnclaimed(session, acceptedBefore, after, limit), cancellationToken);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<QueueKey>> ListQueuesAsync(QueueKey? after, int limit, CancellationToken cancellationToken) =>
        _readers.RunAsync(session => SqliteScans.ListQueues(session, after, limit), cancellationToken);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<ScannedPart>> ScanAsync(PartId? after, int limit, CancellationToken cancellationToken) =>
        _readers.RunAsync(session => SqliteScans.Scan(session, after, limit), cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<int> SweepKeysAsync(DateTimeOffset acceptedBefore, int limit, CancellationToken cancellationToken)
    {
        var rows = 0;
        await RunOnWriterAsync(writer => rows = SqliteKeys.Sweep(writer.Session, acceptedBefore, limit)).WaitAsync(cancellationToken);
        return rows;
    }

    /// <inheritdoc/>
    public async ValueTask ProbeAsync(CancellationToken cancellationToken) =>
        await RunOnWriterAsync(writer => writer.Probe()).WaitAsync(cancellationToken);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<CapturedMessage>> ListCapturedAsync(int limit, CancellationToken cancellationToken) =>
        _readers.RunAsync(session => SqliteCapture.List(session, limit), cancellationToken);

    /// <inheritdoc/>
    public ValueTask<MessageContent?> ReadCapturedAsync(MessageId id, CancellationToken cancellationToken) =>
        _readers.RunAsync(session => SqliteCapture.ReadContent(session, id), cancellationToken);

    /// <summary>Closes the connections. SQLite checkpoints and removes the log when the last connection closes.</summary>
    public async ValueTask DisposeAsync()
    {
        _thread?.Dispose();
        if (_history is not null) await _history.DisposeAsync();
        await _readers.DisposeAsync();
        _writer?.Dispose();
        _lock?.Dispose();
    }

    /// <inheritdoc/>
    public override string ToString() => $"SQLite, {_file}";

    private WriterThread Thread => _thread ?? throw new InvalidOperationException("the spool is not started");

    private SqliteWriter OpenWriter()
    {
        var session = SqliteSession.Open(_file, SqliteOpenMode.ReadWrite, SqliteSchema.Writer);
        try
        {
            _outcomes?.Opened(session);
            return new SqliteWriter(session, _bounds, _space, _outcomes);
        }
        catch
        {
            session.Dispose();
            throw;
        }
    }
}
