using System.Data.Common;
using Microsoft.Data.Sqlite;
using Npgsql;
using Postfleet.Core;
using Postfleet.Spool.Postgres;
using Postfleet.Spool.Sqlite;
using Postfleet.Storage.Schema;
using Postfleet.Testing;

namespace Postfleet.Spool.Tests;

/// <summary>The steps of a schema, on both engines.</summary>
public sealed class SchemaMigrationTests : IDisposable
{
    private static readonly SchemaStep First = new(1, "table a", "CREATE TABLE a (id integer)");

    private static readonly SchemaStep Broken = new(2, "table b and nothing", "CREATE TABLE b (id integer); DROP TABLE nothing");

    private static readonly SchemaStep Second = new(2, "table b", "CREATE TABLE b (id integer)");

    private static readonly SchemaStep Column = new(1, "column more of a", "ALTER TABLE a ADD COLUMN more integer NOT NULL DEFAULT 0");

    private readonly TempFolder _folder = new("schema");

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(SchemaEngine.Sqlite)]
    [InlineData(SchemaEngine.Postgres)]
    public async Task A_step_that_fails_takes_all_others_back(SchemaEngine engine)
    {
        await using var connection = await OpenAsync(engine);
        await Assert.ThrowsAnyAsync<DbException>(() => RunAsync(connection, engine, First, Broken));
        Assert.Equal(["test 1: table a", "test 2: table b"], await RunAsync(connection, engine, First, Second));
    }

    [Theory]
    [InlineData(SchemaEngine.Sqlite)]
    [InlineData(SchemaEngine.Postgres)]
    public async Task Only_the_missing_steps_are_made(SchemaEngine engine)
    {
        await using var connection = await OpenAsync(engine);
        Assert.Equal(["test 1: table a"], await RunAsync(connection, engine, First));
        Assert.Equal(["test 2: table b"], await RunAsync(connection, engine, First, Second));
        Assert.Empty(await RunAsync(connection, engine, First, Second));
        var e = await Assert.ThrowsAsync<StartFailureException>(() => RunAsync(connection, engine, First));
        Assert.EndsWith(
            "has schema version 2, but this program supports versions up to 1: a newer version of the program created it", e.Message,
            StringComparison.Ordinal);
        Assert.Contains(engine == SchemaEngine.Sqlite ? "schema.db" : "in database '", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(SchemaEngine.Sqlite)]
    [InlineData(SchemaEngine.Postgres)]
    public async Task A_program_without_the_additions_starts_on_tables_with_them(SchemaEngine engine)
    {
        await using var connection = await OpenAsync(engine);
        var older = new SchemaPlan("test", [First]);
        var newer = older with { Additions = new SchemaPlan("test additions", [Column]) };
        Assert.Equal(["test 1: table a"], await SchemaMigration.RunAsync(connection, engine, older, default));
        Assert.Equal(["test additions 1: column more of a"], await SchemaMigration.RunAsync(connection, engine, newer, default));
        Assert.Empty(await SchemaMigration.RunAsync(connection, engine, older, default));
        Assert.Empty(await SchemaMigration.RunAsync(connection, engine, newer, default));
    }

    /// <summary>A development build counted the addition as the second version of the plan, and can still start afterwards.</summary>
    [Theory]
    [InlineData(SchemaEngine.Sqlite)]
    [InlineData(SchemaEngine.Postgres)]
    public async Task A_former_addition_is_not_made_again(SchemaEngine engine)
    {
        await using var connection = await OpenAsync(engine);
        await RunAsync(connection, engine, First, Column with { Version = 2 });
        var plan = new SchemaPlan("test", [First])
        {
            FormerAdditions = 1,
            Additions = new SchemaPlan("test additions", [Column]),
        };
        Assert.Empty(await SchemaMigration.RunAsync(connection, engine, plan, default));
        Assert.Empty(await RunAsync(connection, engine, First, Column with { Version = 2 }));
    }

    [Fact]
    public void Steps_are_numbered_from_one_on() => Assert.All(
        new[]
        {
            SqliteSchema.Plan, SqliteHistorySchema.Plan, PostgresSchema.Plan, SqliteSchema.Plan.Additions!, PostgresSchema.Plan.Additions!,
        },
        plan => Assert.Equal(Enumerable.Range(1, plan.Steps.Count), plan.Steps.Select(step => step.Version)));

    private static Task<IReadOnlyList<string>> RunAsync(DbConnection connection, SchemaEngine engine, params SchemaStep[] steps) =>
        SchemaMigration.RunAsync(connection, engine, new SchemaPlan("test", steps), default);

    private async Task<DbConnection> OpenAsync(SchemaEngine engine)
    {
        DbConnection connection = engine == SchemaEngine.Sqlite
            ? new SqliteConnection($"Data Source={_folder["schema.db"]};Pooling=False")
            : new NpgsqlConnection(await (await PostgresServer.SharedAsync()).CreateDatabaseAsync() + ";Pooling=false");
        await connection.OpenAsync();
        return connection;
    }
}
