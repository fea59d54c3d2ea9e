using Npgsql;
using Postfleet.Core.Budgets;
using Postfleet.Spool.Commit;
using Postfleet.Spool.Common;
using Postfleet.Storage;
using Postfleet.Storage.Postgres;
using static Postfleet.Spool.Postgres.PostgresBudgetText;
using static Postfleet.Spool.Postgres.PostgresColumns;
using static Postfleet.Storage.Postgres.PostgresParameters;

namespace Postfleet.Spool.Postgres;

/// <summary>
/// The counts of limits in the shared spool, by the clock of the server. A batch is one implicit transaction in one round trip, so that a
/// frozen node never holds locks that the others wait for. <see cref="PostgresStorage"/> owns it.
/// </summary>
internal sealed class PostgresBudgets : IBudgetStorage, IAsyncDisposable
{
    private readonly PostgresPool _pool;
    private readonly ConnectionGate _gate;

    // Each node sweeps, and most have no users with limits.
    private readonly ConnectionGate _sweepers;

    private PostgresBudgets(PostgresPool pool, ConnectionGate sweepers, TimeProvider time) =>
        (_pool, _gate, _sweepers) = (pool, new ConnectionGate(pool, time), sweepers);

    /// <summary>
    /// Creates the counts with a connection of their own, while users with limits send: a reply to RCPT does not wait for commits of
    /// messages.
    /// </summary>
    /// <param name="connectionString">The operator's connection string.</param>
    /// <param name="settings">Server settings of the session.</param>
    /// <param name="spool">The settings of the spool, with the password and the check of new connections.</param>
    /// <param name="sweepers">Connections for sweeps.</param>
    /// <param name="time">The clock of the pauses after failures.</param>
    public static PostgresBudgets Create(
        string connectionString, string[] settings, SpoolSettings? spool, ConnectionGate sweepers, TimeProvider time) =>
        new(
            LonePool.Create(connectionString, "postfleet limits", settings, spool),
            sweepers,
            time);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _pool.DisposeAsync();

    /// <inheritdoc/>
    public async ValueTask<BudgetAnswers> RunAsync(BudgetBatch batch, CancellationToken cancellationToken)
    {
        try
        {
            return await AnswerAsync(batch, cancellationToken);
        }
        catch (Exception e) when (IsBroken(e) && batch.Takes.Count + batch.Contacts.Count > 0)
        {
            // After a restart of the server all pooled connections are dead. Units that the first try may have taken are lost; units that
            // it may have returned must not be returned twice.
            return await AnswerAsync(batch with { Returns = [] }, cancellationToken);
        }
    }

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyDictionary<string, long>> ReadUsedAsync(
        IReadOnlyList<string> names, CancellationToken cancellationToken)
    {
        await using var connection = await _gate.OpenAsync(cancellationToken);
        await using var command = new NpgsqlCommand(Used, connection);
        command.Parameters.Add(PostgresBudgetRun.Names(names));
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        Dictionary<string, long> used = [];
        while (await reader.ReadAsync(cancellationToken))
        {
            var count = new BudgetCount(reader.GetInt32(1), reader.GetInt64(2), 0, 0);
            used[reader.GetString(0)] = count.UsedAt(reader.GetInt64(3));
        }

        return used;
    }

    /// <inheritdoc/>
    public async ValueTask ResetAsync(IReadOnlyList<string> names, CancellationToken cancellationToken)
    {
        await using var connection = await OpenAsync(cancellationToken);
        await using var batch = new NpgsqlBatch(connection);
        Add(batch, LockRows, PostgresBudgetRun.Names(names));
        Add(batch, Reset, PostgresBudgetRun.Names(names));
        await _gate.NotedAsync(() => batch.ExecuteNonQueryAsync(cancellationToken));
    }

    /// <inheritdoc/>
    public async ValueTask<int> SweepAsync(int limit, CancellationToken cancellationToken)
    {
        await using var connection = await _sweepers.OpenAsync(cancellationToken);
        await using var batch = new NpgsqlBatch(connection);
        Add(batch, LockForgotten, Value(RecipientKey.KeptDays), Value(limit));
        Add(batch, SweepRecipients, Value(RecipientKey.KeptDays), Value(limit));
        Add(batch, SweepLimits, Value(IBudgetStorage.KeptDays), Value(limit));
        return await _gate.NotedAsync(async () =>
        {
            await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
            await reader.NextResultAsync(cancellationToken);
            var most = await reader.ReadAsync(cancellationToken) ? reader.GetInt64(0) : 0;
            await reader.NextResultAsync(cancellationToken);
            return (int)Math.Max(most, await reader.ReadAsync(cancellationToken) ? reader.GetInt64(0) : 0);
        });
    }

    /// <inheritdoc/>
    public async ValueTask<InboundPiece> SweepInboundAsync(string after, int limit, bool all, CancellationToken cancellationToken)
    {
        await using var connection = await _sweepers.OpenAsync(cancellationToken);
        await using var command = new NpgsqlCommand(SweepInbound, connection)
        {
            Parameters =
            {
                Value(after.Length == 0 ? BudgetLimit.InboundPrefix : after), Value(BudgetLimit.InboundEnd), Value(limit), Value(all),
            },
        };
        return await _sweepers.NotedAsync(async () =>
        {
            await using var reader = await command.ExecuteReaderAsync(cancellationToken);
            await reader.ReadAsync(cancellationToken);
            return new InboundPiece(reader.IsDBNull(0) ? null : reader.GetString(0), reader.GetInt32(1));
        });
    }

    private async Task<BudgetAnswers> AnswerAsync(BudgetBatch batch, CancellationToken cancellationToken)
    {
        await using var connection = await OpenAsync(cancellationToken);
        return await _gate.NotedAsync(async () =>
        {
            var run = new PostgresBudgetRun(connection, batch);
            await run.RunAsync(batch.Returns, cancellationToken);
            // Only the first use of a limit finds no row.
            if (run.HasMissing)
            {
                await AddAsync(connection, run.Missing(), cancellationToken);
                await run.RunAsync([], cancellationToken);
            }

            if (run.HasMissing) throw new InvalidOperationException("the row of a limit is gone");
            return new BudgetAnswers([.. run.Grants], [.. run.Contacts]);
        });
    }

    private static async Task AddAsync(NpgsqlConnection connection, IReadOnlyList<string> names, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(Insert, connection);
        command.Parameters.Add(PostgresBudgetRun.Names(names));
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private Task<NpgsqlConnection> OpenAsync(CancellationToken cancellationToken) => _gate.OpenAsync(cancellationToken);

    // After a time-out the server would not answer now.
    private static bool IsBroken(Exception e) =>
        PostgresFault.Judge(e) == FailureKind.Storage && e is not TimeoutException && e.InnerException is not TimeoutException;
}
