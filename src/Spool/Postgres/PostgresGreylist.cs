using Npgsql;
using NpgsqlTypes;
using Postfleet.Core.Greylisting;
using Postfleet.Spool.Commit;
using Postfleet.Spool.Common;
using Postfleet.Storage.Postgres;
using static Postfleet.Spool.Postgres.PostgresColumns;
using static Postfleet.Spool.Postgres.PostgresGreylistText;
using static Postfleet.Storage.Postgres.PostgresParameters;

namespace Postfleet.Spool.Postgres;

/// <summary>
/// The rows of greylisting in the shared spool. A batch is one statement, and so one round trip without a lock that is held over it.
/// <see cref="PostgresStorage"/> owns it.
/// </summary>
internal sealed class PostgresGreylist : IGreylistStorage, IAsyncDisposable
{
    private readonly PostgresPool _pool;
    private readonly ConnectionGate _gate;
    private readonly ConnectionGate _sweepers;

    private PostgresGreylist(PostgresPool pool, ConnectionGate sweepers, TimeProvider time) =>
        (_pool, _gate, _sweepers) = (pool, new ConnectionGate(pool, time), sweepers);

    /// <summary>
    /// Creates the rows with a connection of their own, while unknown mail comes: a flood of it delays no commit and no limit of a user.
    /// </summary>
    /// <param name="connectionString">The operator's connection string.</param>
    /// <param name="settings">Server settings of the session.</param>
    /// <param name="spool">The settings of the spool, with the password and the check of new connections.</param>
    /// <param name="sweepers">Connections for sweeps.</param>
    /// <param name="time">The clock of the pauses after failures.</param>
    public static PostgresGreylist Create(
        string connectionString, string[] settings, SpoolSettings? spool, ConnectionGate sweepers, TimeProvider time) =>
        new(
            LonePool.Create(connectionString, "postfleet greylisting", settings, spool),
            sweepers,
            time);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _pool.DisposeAsync();

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<GreylistMeeting>> MeetAsync(
        IReadOnlyList<GreylistTriplet> triplets, GreylistRules rules, CancellationToken cancellationToken)
    {
        await using var connection = await _gate.OpenAsync(cancellationToken);
        await using var command = new NpgsqlCommand(Meet, connection);
        command.Parameters.Add(Column<Guid>(NpgsqlDbType.Uuid, [.. triplets.Select(triplet => triplet.Key)]));
        command.Parameters.Add(Column<Guid>(NpgsqlDbType.Uuid, [.. triplets.Select(triplet => triplet.Sender)]));
        command.Parameters.Add(Value(Microseconds(rules.Delay)));
        command.Parameters.Add(Value(Microseconds(rules.Window)));
        command.Parameters.Add(Value(Microseconds(rules.Life)));
        command.Parameters.Add(Value((long)rules.Proofs));
        command.Parameters.Add(Value(GreylistRow.RefreshAfter(rules)));
        command.Parameters.Add(Column<long>(NpgsqlDbType.Bigint, [.. triplets.Select(triplet => triplet.Network)]));
        return await _gate.NotedAsync(async () =>
        {
            var meetings = new GreylistMeeting[triplets.Count];
            await using var reader = await command.ExecuteReaderAsync(cancellationToken);
            while (await reader.ReadAsync(cancellationToken))
            {
                meetings[reader.GetInt64(0) - 1] = new GreylistMeeting(
                    (GreylistState)reader.GetInt32(1), TimeSpan.FromMicroseconds(reader.GetInt64(2)));
            }

            return meetings;
        });
    }

    /// <inheritdoc/>
    public async ValueTask<long> FindCutAsync(int maxUnproved, CancellationToken cancellationToken)
    {
        await using var connection = await _sweepers.OpenAsync(cancellationToken);
        await using var command = new NpgsqlCommand(FindCut, connection)
        {
            Parameters = { Value(Microseconds(IGreylistStorage.UnprovedLife)), Value((long)maxUnproved) },
        };
        return await _sweepers.NotedAsync(async () => (long)(await command.ExecuteScalarAsync(cancellationToken))!);
    }

    /// <inheritdoc/>
    public async ValueTask<int> TrimAsync(IReadOnlyList<long> networks, int max, int limit, CancellationToken cancellationToken)
    {
        await using var connection = await _gate.OpenAsync(cancellationToken);
        await using var command = new NpgsqlCommand(Trim, connection)
        {
            Parameters = { Column<long>(NpgsqlDbType.Bigint, [.. networks]), Value((long)(max - 1)), Value((long)limit) },
        };
        return await _gate.NotedAsync(() => command.ExecuteNonQueryAsync(cancellationToken));
    }

    /// <inheritdoc/>
    public async ValueTask<int> SweepAsync(long cut, int limit, CancellationToken cancellationToken)
    {
        await using var connection = await _sweepers.OpenAsync(cancellationToken);
        await using var batch = new NpgsqlBatch(connection);
        Add(batch, SweepProved, Value(Microseconds(IGreylistStorage.ProvedLife)), Value(limit));
        Add(batch, SweepUnproved, Value(cut), Value(limit));
        return await _sweepers.NotedAsync(async () =>
        {
            await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
            var most = await reader.ReadAsync(cancellationToken) ? reader.GetInt64(0) : 0;
            await reader.NextResultAsync(cancellationToken);
            return (int)Math.Max(most, await reader.ReadAsync(cancellationToken) ? reader.GetInt64(0) : 0);
        });
    }

    private static long Microseconds(TimeSpan time) => time.Ticks / TimeSpan.TicksPerMicrosecond;
}
