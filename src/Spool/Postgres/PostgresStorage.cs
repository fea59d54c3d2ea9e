using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Npgsql;
using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;
using Postfleet.Spool.Capture;
using Postfleet.Spool.Commit;
using Postfleet.Spool.Storage;

namespace Postfleet.Spool.Postgres;

/// <summary>The spool in a PostgreSQL database that all nodes share. The pool replaces connections that broke.</summary>
internal sealed class PostgresStorage(string connectionString, CaptureBounds bounds, ILogger logger) : IStorage
{
    private const int MaxReaders = 8;

    // Two pools, so that a write never waits for a connection behind reads.
    private NpgsqlDataSource? _writers;
    private NpgsqlDataSource? _readers;

    /// <summary>
    /// Lanes divide what waits, and small batches cost more per message: on two processors one lane is faster than two (measured: 10,200/s against
    /// 8,200/s with 50 callers, the same with 400). On large machines one lane would be bound by a single backend's processor.
    /// </summary>
    public int Lanes { get; } = Math.Clamp(Environment.ProcessorCount / 4, 1, 4);

    /// <inheritdoc/>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        _writers = PostgresSource.Create(connectionString, Lanes);
        _readers = PostgresSource.Create(connectionString, MaxReaders);
        try
        {
            await CheckDurabilityAsync(cancellationToken);
            await PostgresSchema.PrepareAsync(_writers, cancellationToken);
        }
        catch (Exception e) when (e is NpgsqlException or TimeoutException or SocketException)
        {
            throw new SpoolStartException($"cannot open the spool in PostgreSQL at {PostgresSource.Describe(_writers)}: {e.Message}", e);
        }
    }

    /// <inheritdoc/>
    public async Task CommitAsync(IReadOnlyList<WriteOperation> operations)
    {
        await using var connection = await Writers.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        await new PostgresBatch(connection, transaction).RunAsync(operations);
        await PostgresCapture.KeepAsync(connection, transaction, [.. operations.OfType<CaptureOperation>()], bounds);
        try
        {
            await transaction.CommitAsync();
        }
        catch (Exception e) when (!PostgresFault.IsRefusal(e))
        {
            throw new CommitUnknownException(e);
        }
    }

    /// <inheritdoc/>
    public FailureKind Judge(Exception exception) => PostgresFault.Judge(exception);

    /// <inheritdoc/>
    public async ValueTask<PartRow?> ReadAsync(PartId part, int maxContent, CancellationToken cancellationToken) =>
        await PostgresQueries.ReadAsync(Readers, part, maxContent, cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<IReadOnlySet<MessageId>> FindExistingAsync(
        QueueKey queue, IReadOnlyList<MessageId> messages, CancellationToken cancellationToken) =>
        await PostgresQueries.FindExistingAsync(Readers, queue, messages, cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<UnclaimedPart>> FindUnclaimedAsync(
        DateTimeOffset acceptedBefore, PartId? after, int limit, CancellationToken cancellationToken) =>
        await PostgresQueries.FindUnclaimedAsync(Readers, acceptedBefore, after, limit, cancellationToken);

    /// <inheritdoc/>
    public async ValueTask ProbeAsync(CancellationToken cancellationToken)
    {
        await using var command = Readers.CreateCommand("SELECT 1 FROM postfleet_schema");
        await command.ExecuteScalarAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<CapturedMessage>> ListCapturedAsync(int limit, CancellationToken cancellationToken) =>
        await PostgresCapture.ListAsync(Readers, limit, cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<MessageContent?> ReadCapturedAsync(MessageId id, CancellationToken cancellationToken) =>
        await PostgresCapture.ReadContentAsync(Readers, id, cancellationToken);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_writers is not null) await _writers.DisposeAsync();
        if (_readers is not null) await _readers.DisposeAsync();
    }

    /// <inheritdoc/>
    public override string ToString() => $"PostgreSQL, {PostgresSource.Describe(Writers)}";

    private NpgsqlDataSource Writers => _writers ?? throw new InvalidOperationException("the spool is not started");

    private NpgsqlDataSource Readers => _readers ?? throw new InvalidOperationException("the spool is not started");

    // "Stored" means flushed: a server that answers before it has is not one to promise that with.
    private async Task CheckDurabilityAsync(CancellationToken cancellationToken)
    {
        await using var command = Writers.CreateCommand("SELECT current_setting('synchronous_commit'), current_setting('fsync')");
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        if (reader.GetString(0) == "off")
        {
            throw new SpoolStartException(
                $"PostgreSQL at {PostgresSource.Describe(Writers)} has synchronous_commit=off: acknowledged mail could be lost; set it to on");
        }

        if (reader.GetString(1) == "off") SpoolLog.FsyncOff(logger);
    }
}
