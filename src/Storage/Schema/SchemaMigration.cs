using System.Data.Common;
using System.Globalization;
using Postfleet.Core;

namespace Postfleet.Storage.Schema;

/// <summary>
/// Migrates a database of either engine to the version of a plan, with all missing steps in a single transaction. In PostgreSQL the
/// transaction holds an advisory lock: of several nodes starting at once, a single node runs the steps. Each module with tables calls it at
/// start, and <c>postfleet migrate</c> does too.
/// </summary>
public static class SchemaMigration
{
    // The number is "postflee" in ASCII. The lock ends with the transaction.
    private const string Lock = "SELECT pg_advisory_xact_lock(8101819322447029605)";

    // Half of a node's command time-out: a step waiting for a table lock fails before the statements queued behind it do.
    private const string Patience = "SET LOCAL lock_timeout = '7500ms'";

    private const string Table = "CREATE TABLE postfleet_schema (name text NOT NULL PRIMARY KEY, version integer NOT NULL)";

    // Building an index over millions of rows takes minutes. The other nodes wait as long.
    private const int SecondsForStep = 600;

    /// <summary>Runs the missing steps.</summary>
    /// <returns>A line for each completed step; empty when the schema was up to date.</returns>
    /// <exception cref="StartFailureException">The schema was written by a newer version of the program.</exception>
    /// <exception cref="DbException">The database does not answer or refuses a step. Nothing was changed.</exception>
    public static async Task<IReadOnlyList<string>> RunAsync(
        DbConnection connection, SchemaEngine engine, SchemaPlan plan, CancellationToken cancellationToken)
    {
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        if (engine == SchemaEngine.Postgres)
        {
            await AskAsync(Lock);
            await AskAsync(Patience);
        }

        // The table is looked for first: a database user without the right to create tables can use existing tables.
        var find = engine == SchemaEngine.Postgres
            ? "SELECT count(*) FROM (SELECT to_regclass('postfleet_schema') AS found) AS tables WHERE found IS NOT NULL"
            : "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = 'postfleet_schema'";
        if (await AskAsync(find) is 0L) await AskAsync(Table);
        var found = await VersionAsync(plan.Name);
        if (found > plan.Version + plan.FormerAdditions)
        {
            var place = engine == SchemaEngine.Postgres ? $"database '{connection.Database}'" : $"file '{connection.DataSource}'";
            throw new StartFailureException(
                $"the {plan.Name} in {place} has schema version {found}, but this program supports versions up to {plan.Version}: " +
                "a newer version of the program created it");
        }

        List<string> done = [.. await StepsAsync(plan, found)];
        if (plan.Additions is { } additions)
        {
            done.AddRange(await StepsAsync(additions, await VersionAsync(additions.Name) ?? Math.Max(0, (found ?? 0) - plan.Version)));
        }

        await transaction.CommitAsync(cancellationToken);
        return done;

        async Task<int?> VersionAsync(string name) =>
            await AskAsync($"SELECT version FROM postfleet_schema WHERE name = '{name}'") is { } version
                ? Convert.ToInt32(version, CultureInfo.InvariantCulture) : null;

        async Task<IEnumerable<string>> StepsAsync(SchemaPlan steps, int? version)
        {
            var missing = steps.Steps.Where(step => step.Version > (version ?? 0)).ToList();
            foreach (var step in missing) await AskAsync(step.Sql);
            if (missing.Count > 0)
            {
                await AskAsync(
                    $"INSERT INTO postfleet_schema (name, version) VALUES ('{steps.Name}', {steps.Version}) " +
                    $"ON CONFLICT (name) DO UPDATE SET version = {steps.Version}");
            }

            return missing.Select(step => $"{steps.Name} {step.Version}: {step.Does}");
        }

        async Task<object?> AskAsync(string sql)
        {
            await using var command = connection.CreateCommand();
            command.Transaction = transaction;
            command.CommandText = sql;
            command.CommandTimeout = SecondsForStep;
            return await command.ExecuteScalarAsync(cancellationToken);
        }
    }
}
