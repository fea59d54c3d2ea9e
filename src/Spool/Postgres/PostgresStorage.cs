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
    private NpgsqlDataSource? _source;

    /// <summary>The server commits transactions that end at the same moment with one flush, and has several processors.</summary>
    public int Lanes => 3;

    /// <inheritdoc/>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var source = PostgresSource.Create(connectionString, Lanes);
        try
        {
            await CheckDurabilityAsync(source, cancellationToken);
            await PostgresSchema.PrepareAsync(source, cancellationToken);
            _source = source;
        }
        catch (Exception e) when (e is NpgsqlException or TimeoutException or System.Net.Sockets.SocketException)
        {
            await source.DisposeAsync();
            throw new SpoolStartException($"cannot open the spool in PostgreSQL at {PostgresSource.Describe(source)}: {e.Message}", e);
        }
        catch
        {
            await source.DisposeAsync();
            throw;
        }
    }

    /// <inheritdoc/>
    public async Task CommitAsync(IReadOnlyList<WriteOperation> operations)
    {
        await using var connection = await Source.OpenConnectionAsync();
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
        await PostgresQueries.ReadAsync(Source, part, maxContent, cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<IReadOnlySet<MessageId>> FindExistingAsync(
        QueueKey queue, IReadOnlyList<MessageId> messages, CancellationToken cancellationToken) =>
        await PostgresQueries.FindExistingAsync(Source, queue, messages, cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<UnclaimedPart>> FindUnclaimedAsync(
        DateTimeOffset acceptedBefore, PartId? after, int limit, CancellationToken cancellationToken) =>
        await PostgresQueries.FindUnclaimedAsync(Source, acceptedBefore, after, limit, cancellationToken);

    /// <inheritdoc/>
    public async ValueTask ProbeAsync(CancellationToken cancellationToken)
    {
        await using var command = Source.CreateCommand("SELECT 1 FROM postfleet_schema");
        await command.ExecuteScalarAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<CapturedMessage>> ListCapturedAsync(int limit, CancellationToken cancellationToken) =>
        await PostgresCapture.ListAsync(Source, limit, cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<MessageContent?> ReadCapturedAsync(MessageId id, CancellationToken cancellationToken) =>
        await PostgresCapture.ReadContentAsync(Source, id, cancellationToken);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_source is not null) await _source.DisposeAsync();
    }

    /// <inheritdoc/>
    public override string ToString() => $"PostgreSQL, {PostgresSource.Describe(Source)}";

    private NpgsqlDataSource Source => _source ?? throw new InvalidOperationException("the spool is not started");

    // "Stored" means flushed: a server that answers before it has is not one to promise that with.
    private async Task CheckDurabilityAsync(NpgsqlDataSource source, CancellationToken cancellationToken)
    {
        await using var command = source.CreateCommand("SELECT current_setting('synchronous_commit'), current_setting('fsync')");
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        if (reader.GetString(0) == "off")
        {
            throw new SpoolStartException(
                $"PostgreSQL at {PostgresSource.Describe(source)} has synchronous_commit=off: acknowledged mail could be lost; set it to on");
        }

        if (reader.GetString(1) == "off") SpoolLog.FsyncOff(logger);
    }
}
