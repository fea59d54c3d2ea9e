using Npgsql;
using Postfleet.Cluster.Membership;
using Postfleet.Storage.Schema;
using Postfleet.Testing;
using Xunit;

namespace Postfleet.Cluster.Tests;

/// <summary>Migrations from each released version of the registry's schema; Samples/README.md describes the samples.</summary>
public sealed class RegistrySchemaTests
{
    public static TheoryData<string, int> ReleasedVersions
    {
        get
        {
            var versions = new TheoryData<string, int>();
            foreach (var plan in Plans) foreach (var step in plan.Steps) versions.Add(plan.Name, step.Version);
            return versions;
        }
    }

    private static SchemaPlan[] Plans => [RegistrySchema.Nodes, RegistrySchema.Database, RegistrySchema.Process];

    [Theory]
    [MemberData(nameof(ReleasedVersions))]
    public async Task Registry_of_a_released_schema_is_migrated_to_the_newest_schema(string plan, int version)
    {
        var database = await DatabaseAsync();
        await ExecuteAsync(database, await File.ReadAllTextAsync(
            Path.Combine(AppContext.BaseDirectory, "Samples", $"{plan}-postgres-{version}.sql")));
        await using var registry = new PostgresNodeRegistry(database);
        var steps = await registry.PrepareAsync(default);
        Assert.Equal(Missing(plan, version), steps);
        Assert.Equal([new NodeRow("b:1", 6, 1), new NodeRow("a:1", 5, 7)], await registry.ReadAsync(default));
        var id = await registry.ReadDatabaseIdAsync(default);
        Assert.Matches("^[0-9a-f]{16}$", id);
        if (plan != RegistrySchema.Nodes.Name) Assert.Equal("0123456789abcdef", id);
        Assert.True(await registry.BeatAsync("a:1", 5, default));

        var fresh = await DatabaseAsync();
        await using var other = new PostgresNodeRegistry(fresh);
        await other.PrepareAsync(default);
        Assert.Equal(await DescribeAsync(fresh), await DescribeAsync(database));
    }

    // A sample of a plan also has the plans before it, in the version of their time.
    private static IEnumerable<string> Missing(string plan, int version)
    {
        var place = Array.FindIndex(Plans, each => each.Name == plan);
        return from each in Plans.Index()
               from step in each.Item.Steps
               where step.Version > (each.Index < place ? 1 : each.Index == place ? version : 0)
               select $"{each.Item.Name} {step.Version}: {step.Does}";
    }

    private static async Task<string> DatabaseAsync() => await (await PostgresServer.SharedAsync()).CreateDatabaseAsync();

    private static async Task ExecuteAsync(string database, string sql)
    {
        await using var connection = new NpgsqlConnection(database + ";Pooling=false");
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    private static async Task<List<string>> DescribeAsync(string database)
    {
        await using var connection = new NpgsqlConnection(database + ";Pooling=false");
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(
            """
            SELECT concat_ws(' ', table_name, column_name, data_type, collation_name, is_nullable)
            FROM information_schema.columns WHERE table_schema = 'public'
            UNION ALL SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'
            UNION ALL SELECT concat_ws(' ', name, version) FROM postfleet_schema ORDER BY 1
            """,
            connection);
        await using var reader = await command.ExecuteReaderAsync();
        List<string> lines = [];
        while (await reader.ReadAsync()) lines.Add(reader.GetString(0));
        return lines;
    }
}
