using Microsoft.Extensions.Logging;
using Npgsql;
using Postfleet.Core;
using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;
using Postfleet.Spool.Capture;
using Postfleet.Spool.Commit;
using Postfleet.Spool.Common;
using Postfleet.Spool.History;
using Postfleet.Spool.Storage;
using Postfleet.Storage;
using Postfleet.Storage.Postgres;

namespace Postfleet.Spool.Postgres;

/// <summary>The spool in a PostgreSQL database, shared by all nodes. The pool replaces broken connections.</summary>
internal sealed class PostgresStorage(
    string connectionString, CaptureBounds bounds, ILogger logger, TimeProvider time, SpoolSettings? history = null,
    IPostgresOutcomeWriter? outcomes = null) : IStorage
{
    private readonly IPostgresOutcomeWriter? _outcomes = outcomes ?? (history is { HistoryKeep: not HistoryKeep.None }
        ? new PostgresHistoryWriter(history.HistoryKeep, logger, time) : null);

    // A read takes a millisecond, most bodies come from the cache, and ten nodes must fit into the 100 connections of PostgreSQL's default.
    private const int MaxReaders = 2;

    // Every query can use an index. A plan made for an empty table would scan the table, which may hold a million rows in a minute.
    private static readonly string[] PlanByIndex = ["enable_seqscan=off", "enable_hashjoin=off", "enable_mergejoin=off"];

    // Two pools: a write never waits for a connection behind reads.
    private PostgresPool? _writePool, _readPool;
    private PostgresBudgets? _budgets;
    private PostgresGreylist? _greylist;
    private ConnectionGate? _writers;
    private PostgresReaders? _readers;
    private PostgresPartReader? _parts;
    private readonly SettlementWitness _settled = new();
    private PostgresHistory? _history;

    /// <summary>
    /// Lanes divide the waiting operations, and small batches cost more per message: on two processors a single lane is faster than two
    /// (measured: 10,200/s against 8,200/s with 50 callers, the same with 400). On large machines a single lane would be bound by a single
    /// backend's processor.
    /// </summary>
    public int Lanes { get; } = Math.Clamp(Environment.ProcessorCount / 4, 1, 4);

    /// <inheritdoc/>
    public long Epoch => history?.Guard?.Epoch ?? 0;

    /// <inheritdoc/>
    public HistoryKeep Keeps => _outcomes?.Keep ?? HistoryKeep.None;

    /// <inheritdoc/>
    public IHistory History => _history?.Search ?? new NoHistory();

    /// <inheritdoc/>
    public IEventFeed Feed => _history?.Feed ?? EventFeed.None;

    /// <inheritdoc/>
    public ITakeoverHistory Takeovers => _history?.Takeovers ?? NoTakeovers.Instance;

    public INamedRowStorage Named(string table) => new PostgresNamedRows(Readers, Writers, () => Epoch, table);

    /// <inheritdoc/>
    public IBudgetStorage Budgets => _budgets ?? throw new InvalidOperationException("the spool is not started");

    public IReportCountStorage ReportCounts => new PostgresReportCounts(Readers, Writers);

    public ISiteStateStorage SiteStates => new PostgresSiteStates(Readers, Writers);

    public ITlsPolicyStorage TlsPolicies => new PostgresTlsPolicies(Readers, Writers);

    public IGreylistStorage Greylist => _greylist ?? throw new InvalidOperationException("the spool is not started");

    public ISuppressionStorage Suppressions => new PostgresSuppressions(Readers, Writers, () => Epoch);

    /// <inheritdoc/>
    public void Use(HistoryBounds bounds) => _history?.Keeper.Use(bounds);

    /// <summary>Makes and drops partitions, for tests.</summary>
    internal PostgresHistoryKeeper? Keeper => _history?.Keeper;

    /// <inheritdoc/>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        _writePool = CreatePool(connectionString, Lanes, history?.Password, history?.Guard);
        _readPool = CreatePool(connectionString, MaxReaders, history?.Password, history?.Guard);
        _writers = new ConnectionGate(_writePool, time);
        _budgets = PostgresBudgets.Create(connectionString, PlanByIndex, history, _writers, time);
        _greylist = PostgresGreylist.Create(connectionString, PlanByIndex, history, _writers, time);
        _readers = new PostgresReaders(new ConnectionGate(_readPool, time));
        _parts = new PostgresPartReader(_readers, MaxReaders);
        try
        {
            await PoolerCheck.RunAsync(connectionString, history?.Password, cancellationToken);
            history?.Guard?.Add(_settled);
            await DurabilityCheck.RunAsync(_writePool, logger, cancellationToken);
            await PostgresSchema.PrepareAsync(_writePool, cancellationToken);
            if (history is { HistoryKeep: not HistoryKeep.None })
            {
                _history = new PostgresHistory(history, _readers, logger, time);
                await _history.StartAsync(cancellationToken);
            }
        }
        catch (Exception e) when (PostgresFault.IsOfServer(e))
        {
            throw new StartFailureException($"cannot open the spool in PostgreSQL at {_writePool.Description}: {PostgresReason.Of(e)}", e);
        }
    }

    /// <inheritdoc/>
    public async Task CommitAsync(IReadOnlyList<WriteOperation> operations)
    {
        await using var connection = await Writers.OpenAsync(CancellationToken.None);
        try
        {
            await CommitAsync(connection, operations, _outcomes is { IsActive: true } ? _outcomes : null);
        }
        catch (PostgresException e) when (_outcomes?.IsAtFault(e) == true)
        {
            // A broken history stops no mail.
            await CommitAsync(connection, operations, null);
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.ReadOnlySqlTransaction)
        {
            // The server has become a standby since the connection was opened. New connections go to the new primary.
            Writers.Note(e);
            throw;
        }
    }

    /// <inheritdoc/>
    public FailureKind Judge(Exception exception) => PostgresFault.Judge(exception);

    /// <inheritdoc/>
    public async ValueTask<PartRow?> ReadAsync(PartId part, CancellationToken cancellationToken) =>
        await Parts.ReadAsync(part, cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<PartRow?> ReadHeadAsync(PartId part, int maxContent, CancellationToken cancellationToken) =>
        await Parts.ReadHeadAsync(part, maxContent, cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<ReportRows?> ReadPendingAsync(MessageId message, int maxContent, CancellationToken cancellationToken) =>
        await Readers.RunAsync(session => PostgresReports.ReadAsync(session, message, maxContent, cancellationToken), cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<DueReport>> FindDueAsync(
        DateTimeOffset notedBefore, long after, int limit, CancellationToken cancellationToken) =>
        await Readers.RunAsync(db => PostgresReports.FindDueAsync(db, notedBefore, after, limit, cancellationToken), cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<int> ReofferAsync(QueueKey queue, CancellationToken cancellationToken)
    {
        await using var connection = await Writers.OpenAsync(cancellationToken);
        return await PostgresQueries.ReofferAsync(connection, queue, cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyDictionary<MessageId, byte[]?>> FindExistingAsync(
        QueueKey queue, IReadOnlyList<MessageId> messages, CancellationToken cancellationToken) =>
        await Readers.RunAsync(
            session => PostgresQueries.FindExistingAsync(session, queue, messages, cancellationToken), cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<UnclaimedPage> FindUnclaimedAsync(
        DateTimeOffset acceptedBefore, PartId? after, int limit, CancellationToken cancellationToken) =>
        await Readers.RunAsync(
            session => PostgresQueries.FindUnclaimedAsync(session, acceptedBefore, after, limit, cancellationToken), cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<QueueKey>> ListQueuesAsync(QueueKey? after, int limit, CancellationToken cancellationToken) =>
        await Readers.RunAsync(
            connection => PostgresScans.ListQueuesAsync(connection, after, limit, cancellationToken), cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<ScannedPart>> ScanAsync(PartId? after, int limit, CancellationToken cancellationToken) =>
        await Readers.RunAsync(connection => PostgresScans.ScanAsync(connection, after, limit, cancellationToken), cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<int> SweepKeysAsync(DateTimeOffset acceptedBefore, int limit, CancellationToken cancellationToken)
    {
        await using var connection = await Writers.OpenAsync(cancellationToken);
        return await PostgresKeys.SweepAsync(connection, acceptedBefore, limit, cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask ProbeAsync(CancellationToken cancellationToken) =>
        await Readers.RunAsync(
            async connection =>
            {
                // A standby answers queries too, and so does a primary with default_transaction_read_only=on.
                await using var command = new NpgsqlCommand(
                    "SELECT current_setting('transaction_read_only') FROM postfleet_schema LIMIT 1", connection);
                if (await command.ExecuteScalarAsync(cancellationToken) is "on") throw new IOException("the database is read-only");
                return true;
            },
            cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<CapturedMessage>> ListCapturedAsync(int limit, CancellationToken cancellationToken) =>
        await Readers.RunAsync(connection => PostgresCapture.ListAsync(connection, limit, cancellationToken), cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<MessageContent?> ReadCapturedAsync(MessageId id, CancellationToken cancellationToken) =>
        await Readers.RunAsync(connection => PostgresCapture.ReadContentAsync(connection, id, cancellationToken), cancellationToken);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_history is not null) await _history.DisposeAsync();
        if (_budgets is not null) await _budgets.DisposeAsync();
        if (_greylist is not null) await _greylist.DisposeAsync();
        if (_writePool is not null) await _writePool.DisposeAsync();
        if (_readPool is not null) await _readPool.DisposeAsync();
    }

    /// <inheritdoc/>
    public override string ToString() => $"PostgreSQL, {(_writePool is null ? "not started" : _writePool.Description)}";

    /// <summary>Creates a pool with the settings of the spool.</summary>
    internal static PostgresPool CreatePool(
        string connectionString, int connections, Func<string>? password = null, ServerGuard? guard = null) => PostgresPool.Create(
        connectionString, connections, "postfleet spool", settings: PlanByIndex, password: password, guard: guard);

    private ConnectionGate Writers => _writers ?? throw new InvalidOperationException("the spool is not started");

    private PostgresReaders Readers => _readers ?? throw new InvalidOperationException("the spool is not started");

    private PostgresPartReader Parts => _parts ?? throw new InvalidOperationException("the spool is not started");

    private async Task CommitAsync(NpgsqlConnection connection, IReadOnlyList<WriteOperation> operations, IPostgresOutcomeWriter? writer)
    {
        await using var transaction = await connection.BeginTransactionAsync();
        await new PostgresBatch(connection, transaction, writer is null ? null : new PostgresOutcomes(writer)).RunAsync(operations);
        await PostgresCapture.KeepAsync(connection, transaction, [.. operations.OfType<CaptureOperation>()], bounds);
        await PostgresCapture.DropAsync(connection, transaction, operations.OfType<DropCapturedOperation>());
        try
        {
            await ReplicatedCommit.RunAsync(connection, () => transaction.CommitAsync());
            if (writer is not null) _history?.Written.Raise();
            _settled.Add(operations.OfType<SettleOperation>()
                .Where(settle => settle is { Applied: true, IsFinal: true, Move: null }).Select(settle => settle.Part));
        }
        catch (Exception e) when (!PostgresFault.IsRefusal(e))
        {
            throw new CommitUnknownException(e);
        }
    }
}
