using System.Globalization;
using Microsoft.Extensions.Logging;
using Npgsql;
using Postfleet.Spool.Common;
using Postfleet.Spool.History;
using Postfleet.Storage.Postgres;
using static Postfleet.Storage.Postgres.PostgresParameters;

namespace Postfleet.Spool.Postgres;

/// <summary>
/// Makes the partitions of the table of events ahead of time, summarizes their index and drops old partitions, once a minute on the node
/// which gets the advisory lock. Statements give up a wait for a lock soon, since others wait behind them, and run again a minute later.
/// <see cref="PostgresHistory"/> owns it.
/// </summary>
internal sealed class PostgresHistoryKeeper(PostgresPool pool, HistoryBounds bounds, ILogger logger, TimeProvider time)
{
    // "pfhistor" in ASCII.
    private const long LockNumber = 0x7066686973746f72;

    // A piece of a large table at a time.
    private const string DeleteOld =
        $"""
        WITH gone AS (
          DELETE FROM history_default WHERE ctid = ANY (ARRAY (SELECT ctid FROM history_default WHERE at < $1 LIMIT 50000)) RETURNING 1
        )
        INSERT INTO history_note (xact, kind, at) SELECT {OwnTransaction}, 2, $1 WHERE EXISTS (SELECT FROM gone)
        """;

    // A reader of the feed is told about a gap as long as it is within twice the retention.
    private const string DeleteNotes = "DELETE FROM history_note WHERE written_at < now() - $1 * interval '2 seconds' - interval '1 hour'";

    private const string OwnTransaction = "pg_current_xact_id()::text::bigint";

    private const int PagesOfRange = 64;
    private const int SecondsToSummarize = 60;

    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(500);

    // A drop locks the parent: while it waits for a search, all mail waits behind it.
    private static readonly TimeSpan PatienceForParent = TimeSpan.FromMilliseconds(50);

    private const string Partitions =
        """
        SELECT c.relname, pg_total_relation_size(c.oid), pg_relation_size(c.oid) / current_setting('block_size')::integer
        FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = 'history'::regclass
        """;

    private const string Summarize =
        """
        SELECT count(brin_summarize_range(i.indexrelid, page))
        FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_am a ON a.oid = c.relam,
          generate_series($2::bigint, $3::bigint, $4::bigint) AS page
        WHERE i.indrelid = $1::regclass AND a.amname = 'brin'
        """;

    // The first page of each partition whose range is not summarized yet, as far as this node knows: a range is summarized once.
    private readonly Dictionary<string, long> _summarized = [];

    // Until a refusal: a database user may have rights to rows alone.
    private bool _mayCreate = true;

    private volatile HistoryBounds _bounds = bounds;

    /// <summary>Keeps other bounds from the next run on.</summary>
    public void Use(HistoryBounds next) => _bounds = next;

    /// <summary>Makes and drops the due partitions.</summary>
    /// <param name="waits">Whether to wait for the lock; otherwise another node with the lock does the work.</param>
    /// <param name="cancellationToken">Cancels between statements.</param>
    public async Task RunAsync(bool waits, CancellationToken cancellationToken)
    {
        await using var connection = await pool.OpenAsync(cancellationToken);
        var take = waits ? "SELECT pg_advisory_lock($1) IS NOT NULL" : "SELECT pg_try_advisory_lock($1)";
        if (await AskAsync(connection, take, Value(LockNumber), cancellationToken) is not true) return;
        try
        {
            await RunAsync(connection, cancellationToken);
        }
        finally
        {
            await AskAsync(connection, "SELECT pg_advisory_unlock($1)", Value(LockNumber), CancellationToken.None);
        }
    }

    private async Task RunAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var (existing, pages, other) = await ReadAsync(connection, cancellationToken);
        var missing = _mayCreate ? HistoryPartitions.Missing(existing, now, HistoryPartitions.Width(existing, now, _bounds)) : [];
        foreach (var one in missing)
            await TryAsync(() => MakeAsync(connection, one, cancellationToken), $"partition {one.Name} is not made");
        if (other > 0) await TryAsync(() => EmptyDefaultAsync(connection, now, other, cancellationToken), "history_default is not emptied");
        await TryAsync(
            () => AskAsync(connection, DeleteNotes, Value(_bounds.Retention.TotalSeconds), cancellationToken),
            "history_note is not cleaned");
        await TryAsync(() => PostgresTakeovers.SweepAsync(connection, now, _bounds, cancellationToken), "history_takeover is not cleaned");
        var excess = HistoryPartitions.Excess(existing, now, _bounds, other);
        foreach (var old in excess)
        {
            if (pages[old.Name] > 0 && old.To > now - _bounds.Retention)
                SpoolLog.HistoryDropped(logger, $"History:MaxSize is reached, the events of {old.Name} are dropped");
            await TryAsync(() => DropAsync(connection, old, pages[old.Name] == 0, now, cancellationToken), $"{old.Name} is not dropped");
        }

        foreach (var partition in existing.Except(excess).Where(partition => partition.From <= now))
        {
            await TryAsync(
                () => SummarizeAsync(connection, partition, pages[partition.Name], now, cancellationToken),
                $"partition {partition.Name} is not summarized");
        }
    }

    private static async Task<(List<HistoryPartition> Existing, Dictionary<string, long> Pages, long Other)> ReadAsync(
        NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        List<HistoryPartition> existing = [];
        Dictionary<string, long> pages = [];
        var other = 0L;
        await using var command = new NpgsqlCommand(Partitions, connection);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            var (name, bytes) = (reader.GetString(0), reader.GetInt64(1));
            pages[name] = reader.GetInt64(2);
            if (HistoryPartition.Parse(name, pages[name] == 0 ? 0 : bytes) is { } partition) existing.Add(partition);
            else if (pages[name] > 0) other += bytes;
        }

        return (existing, pages, other);
    }

    // Attaching blocks no inserts into the parent, and locks no other partition than the default partition. Rows in the default partition
    // prevent a partition for their span of time; the partition after it can be attached.
    private static Task MakeAsync(NpgsqlConnection connection, HistoryPartition partition, CancellationToken cancellationToken) =>
        ExecuteAsync(
            connection,
            [
                $"CREATE TABLE {partition.Name} (LIKE history) WITH (autovacuum_enabled = off)",
                $"ALTER TABLE history ATTACH PARTITION {partition.Name} "
                    + $"FOR VALUES FROM ({Literal(partition.From)}) TO ({Literal(partition.To)})",
                Desummarize(partition),
            ],
            Patience,
            cancellationToken);

    // Its space is free at once, which locks nothing else; the empty table goes when nobody is in the way. The partition of the present
    // stays: without it, events would have none.
    private async Task DropAsync(
        NpgsqlConnection connection, HistoryPartition old, bool isEmpty, DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (!isEmpty)
        {
            await ExecuteAsync(
                connection, [$"TRUNCATE {old.Name}", Desummarize(old), Note(Literal(old.To))], Patience, cancellationToken);
        }

        _summarized.Remove(old.Name);
        if (old.To > now) return;
        try
        {
            await ExecuteAsync(connection, [$"DROP TABLE {old.Name}"], PatienceForParent, cancellationToken);
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.LockNotAvailable)
        {
            // Again in a minute.
        }
    }

    // The index of an empty table has a summary of the first range, and each insert into the range would write the summary again.
    private static string Desummarize(HistoryPartition partition) =>
        $"""
        SELECT brin_desummarize_range(i.indexrelid, 0) FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
          JOIN pg_am a ON a.oid = c.relam
        WHERE i.indrelid = '{partition.Name}'::regclass AND a.amname = 'brin'
        """;

    // In the transaction that drops events.
    private static string Note(string to) => $"INSERT INTO history_note (xact, kind, at) VALUES ({OwnTransaction}, 2, {to})";

    private static string Literal(DateTimeOffset time) => $"'{time.ToString("u", CultureInfo.InvariantCulture)}'";

    // It has few events, unless the database user may not create tables: then it has all of them.
    private async Task EmptyDefaultAsync(NpgsqlConnection connection, DateTimeOffset now, long bytes, CancellationToken cancellationToken)
    {
        var oldest = (now - _bounds.Retention).UtcDateTime;
        if (bytes > _bounds.MaxBytes) SpoolLog.HistoryDropped(logger, "History:MaxSize is reached by events outside of partitions");
        if (bytes > _bounds.MaxBytes
            || await AskAsync(connection, "SELECT max(at) < $1 FROM history_default", Value(oldest), cancellationToken) is true)
            await ExecuteAsync(connection, ["TRUNCATE history_default", Note("'infinity'")], Patience, cancellationToken);
        else
            await AskAsync(connection, DeleteOld, Value(oldest), cancellationToken);
    }

    // Ranges still being filled are left out: an insert into a summarized range writes its summary again. Searches read them whole.
    private async Task SummarizeAsync(
        NpgsqlConnection connection, HistoryPartition partition, long pages, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var from = _summarized.GetValueOrDefault(partition.Name);
        var to = pages - (partition.To + TimeSpan.FromMinutes(1) < now ? 1 : 2 * PagesOfRange);
        if (to < from) return;
        await using var command = new NpgsqlCommand(Summarize, connection) { CommandTimeout = SecondsToSummarize };
        command.Parameters.Add(Value(partition.Name));
        command.Parameters.Add(Value(from));
        command.Parameters.Add(Value(to));
        command.Parameters.Add(Value((long)PagesOfRange));
        await command.ExecuteNonQueryAsync(cancellationToken);
        _summarized[partition.Name] = from + (to - from) / PagesOfRange * PagesOfRange + PagesOfRange;
    }

    private static async Task<object?> AskAsync(
        NpgsqlConnection connection, string sql, NpgsqlParameter parameter, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        command.Parameters.Add(parameter);
        return await command.ExecuteScalarAsync(cancellationToken);
    }

    private static async Task ExecuteAsync(
        NpgsqlConnection connection, string[] statements, TimeSpan patience, CancellationToken cancellationToken)
    {
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var wait = string.Create(CultureInfo.InvariantCulture, $"SET LOCAL lock_timeout = {patience.TotalMilliseconds:0}");
        foreach (var sql in statements.Prepend(wait))
        {
            await using var command = new NpgsqlCommand(sql, connection, transaction);
            await command.ExecuteNonQueryAsync(cancellationToken);
        }

        await transaction.CommitAsync(cancellationToken);
    }

    // A failure with a partition does not prevent work on other partitions.
    private async Task TryAsync(Func<Task> action, string consequence)
    {
        try
        {
            await action();
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.InsufficientPrivilege)
        {
            if (_mayCreate) SpoolLog.HistoryFails(logger, e, "all events are in one partition: the database user has rights to rows alone");
            _mayCreate = false;
        }
        catch (PostgresException e)
        {
            SpoolLog.HistoryFails(logger, e, consequence);
        }
    }
}
