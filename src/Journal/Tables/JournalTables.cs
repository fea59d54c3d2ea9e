using System.Data.Common;
using Microsoft.Data.Sqlite;
using Npgsql;
using Postfleet.Core;
using Postfleet.Journal.Common;
using Postfleet.Storage.Postgres;
using Postfleet.Storage.Schema;

namespace Postfleet.Journal.Tables;

/// <summary>
/// Migrates the journals' tables and checks the unique index, the fence against stale owners, before an actor system uses the tables.
/// <see cref="JournalStorage"/> calls it.
/// </summary>
internal static class JournalTables
{
    // An equal index under another name, or a constraint, fences as well.
    private const string PostgresFences =
        """
        SELECT count(*) FROM pg_index i
        WHERE i.indrelid = to_regclass('{0}') AND i.indisunique AND i.indisvalid AND i.indimmediate AND i.indpred IS NULL AND i.indexprs IS NULL
          AND i.indnkeyatts = 2 AND 2 = (
            SELECT count(*) FROM pg_attribute a
            WHERE a.attrelid = i.indrelid AND a.attnum IN (i.indkey[0], i.indkey[1]) AND a.attname IN ('persistence_id', 'sequence_number'))
        """;

    private const string SqliteFences =
        """
        SELECT count(*) FROM pragma_index_list('{0}') AS i WHERE i."unique" = 1 AND i.partial = 0
          AND 2 = (SELECT count(*) FROM pragma_index_info(i.name))
          AND 2 = (SELECT count(*) FROM pragma_index_info(i.name) WHERE name IN ('persistence_id', 'sequence_number'))
        """;

    /// <summary>Runs the missing steps of the plan, then checks the unique indexes.</summary>
    /// <param name="open">Opens a connection. It is closed before the method returns.</param>
    /// <param name="engine">The engine.</param>
    /// <param name="place">The place of the database, without secrets.</param>
    /// <param name="plan">The plan.</param>
    /// <param name="cancellationToken">Cancels between steps.</param>
    /// <returns>A line for each completed step.</returns>
    /// <exception cref="StartFailureException"> The database does not answer, refuses a step or has no unique index, or a newer version of
    /// the program created the tables.
    /// </exception>
    public static async Task<IReadOnlyList<string>> PrepareAsync(
        Func<CancellationToken, Task<DbConnection>> open, SchemaEngine engine, string place, SchemaPlan plan,
        CancellationToken cancellationToken)
    {
        try
        {
            await using var connection = await open(cancellationToken);
            var done = await SchemaMigration.RunAsync(connection, engine, plan, cancellationToken);
            foreach (var table in JournalSchema.EventTables) await CheckFenceAsync(connection, engine, place, table, cancellationToken);
            return done;
        }
        catch (Exception e) when (
            e is NpgsqlException or SqliteException or TimeoutException or IOException or System.Net.Sockets.SocketException)
        {
            throw new StartFailureException($"cannot prepare the journal in {place}: {PostgresReason.Of(e)}", e);
        }
    }

    // This index alone protects a queue with two supposed owners: the second node to write a number fails and stops.
    private static async Task CheckFenceAsync(
        DbConnection connection, SchemaEngine engine, string place, string table, CancellationToken cancellationToken)
    {
        await using var command = connection.CreateCommand();
        command.CommandText = (engine == SchemaEngine.Postgres ? PostgresFences : SqliteFences)
            .Replace("{0}", table, StringComparison.Ordinal);
        if (await command.ExecuteScalarAsync(cancellationToken) is 0L)
        {
            throw new StartFailureException(
                $"table {table} in {place} has no unique index on (persistence_id, sequence_number): " +
                "two nodes could write the same queue's events");
        }
    }
}
