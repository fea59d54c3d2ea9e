using Microsoft.Data.Sqlite;
using Npgsql;
using Postfleet.Node.Cli;
using Postfleet.Testing;
using Xunit;

namespace Postfleet.Node.Tests.Cli;

/// <summary>The verb <c>migrate</c>.</summary>
public sealed class MigrateTests : IDisposable
{
    private readonly TempFolder _folder = new("migrate");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Migrate_prints_each_step_and_then_up_to_date()
    {
        Assert.Equal(
            (0,
             """
             spool 1: tables message, part, captured
             spool 2: table pending_report
             spool 3: table history_outbox
             spool 4: table idempotency
             spool 5: column send_after of part
             spool additions 1: columns moves and moved of part
             spool additions 2: tables mail_user, mail_user_last
             spool additions 3: tables budget, known_recipient
             spool additions 4: columns priority, deliver_by_mode, deliver_within of part
             spool additions 5: table report_count
             spool additions 6: table greylist
             spool additions 7: table tls_policy
             spool additions 8: table site_state
             spool additions 9: tables signing_key, signing_key_last
             spool additions 10: tables suppression, suppression_last
             history 1: tables history_block, history_index, history_mark
             journal 1: tables journal, sharding_journal, sharding_snapshot where missing
             journal 2: no indexes that nothing asks for
             journal 3: numbers that go on where the rows of a queue are gone

             """, ""),
            await RunAsync());
        Assert.Equal((0, "up to date\n", ""), await RunAsync());
    }

    [Fact]
    public async Task Migration_of_PostgreSQL_also_creates_the_registry_of_nodes()
    {
        var database = await (await PostgresServer.SharedAsync()).CreateDatabaseAsync();
        string[] settings = ["--Storage:Provider=postgres", $"--Storage:ConnectionString={database}"];
        var (code, output, errors) = await RunAsync(settings);
        Assert.Equal((0, ""), (code, errors));
        Assert.Contains("cluster 1: table cluster_node where missing\n", output, StringComparison.Ordinal);
        Assert.Equal((0, "up to date\n", ""), await RunAsync(settings));
    }

    [Fact]
    public async Task Missing_right_to_create_tables_is_reported_with_the_needed_rights()
    {
        var database = await DatabaseWithUserAsync();
        string[] settings = ["--Storage:Provider=postgres", $"--Storage:ConnectionString={database.AsUser}"];

        var (code, _, errors) = await RunAsync(settings);
        Assert.Equal(2, code);
        var line = Assert.Single(errors.TrimEnd('\n').Split('\n'));
        Assert.Contains("permission denied for schema public", line, StringComparison.Ordinal);
        Assert.Contains("GRANT USAGE, CREATE ON SCHEMA public", line, StringComparison.Ordinal);

        await ExecuteAsync(database.AsOwner, $"GRANT USAGE, CREATE ON SCHEMA public TO {database.User}");
        Assert.Equal(0, (await RunAsync(settings)).Code);
    }

    [Fact]
    public async Task Database_user_with_the_rights_of_a_node_can_use_existing_tables()
    {
        var database = await DatabaseWithUserAsync();
        Assert.Equal(0, (await RunAsync("--Storage:Provider=postgres", $"--Storage:ConnectionString={database.AsOwner}")).Code);
        // These are the statements of docs/configuration.md.
        await ExecuteAsync(
            database.AsOwner,
            $"GRANT USAGE ON SCHEMA public TO {database.User}; GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {database.User}; " +
            $"GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {database.User}");

        Assert.Equal(
            (0, "up to date\n", ""), await RunAsync("--Storage:Provider=postgres", $"--Storage:ConnectionString={database.AsUser}"));
    }

    [Theory]
    [InlineData("spool.db", "spool")]
    [InlineData("journal.db", "journal")]
    public async Task Storage_of_a_newer_version_is_refused_in_one_line(string file, string name)
    {
        await RunAsync();
        await using (var connection = new SqliteConnection($"Data Source={_folder[file]};Pooling=False"))
        {
            await connection.OpenAsync();
            await using var command = connection.CreateCommand();
            command.CommandText = $"UPDATE postfleet_schema SET version = 99 WHERE name = '{name}'";
            Assert.Equal(1, await command.ExecuteNonQueryAsync());
        }

        var (code, output, errors) = await RunAsync();
        Assert.Equal((2, ""), (code, output));
        Assert.StartsWith("postfleet: ", errors, StringComparison.Ordinal);
        Assert.Contains("schema version 99", Assert.Single(errors.TrimEnd('\n').Split('\n')), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_configuration_with_faults_is_refused()
    {
        var (code, output, errors) = await RunAsync("--Storage:Provider=mysql");
        Assert.Equal((2, ""), (code, output));
        Assert.Contains("Storage:Provider", errors, StringComparison.Ordinal);
    }

    // A database and a user without objects in it.
    private static async Task<(string AsOwner, string AsUser, string User)> DatabaseWithUserAsync()
    {
        var database = await (await PostgresServer.SharedAsync()).CreateDatabaseAsync();
        var user = $"plain_{Guid.NewGuid():N}";
        await ExecuteAsync(database, $"CREATE ROLE {user} LOGIN PASSWORD 'secret'");
        return (database, new NpgsqlConnectionStringBuilder(database) { Username = user, Password = "secret" }.ConnectionString, user);
    }

    private static async Task ExecuteAsync(string database, string sql)
    {
        await using var source = NpgsqlDataSource.Create(database);
        await using var command = source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    private async Task<(int Code, string Output, string Errors)> RunAsync(params string[] settings)
    {
        using var output = new StringWriter();
        using var errors = new StringWriter();
        var surroundings = new Surroundings(new Dictionary<string, string>(), _folder.FullPath, output, errors);
        var code = await CommandLine.RunAsync(
            ["migrate", $"--Storage:Path={_folder.FullPath}", .. settings], (_, _) => throw new InvalidOperationException("served"),
            surroundings);
        return (code, output.ToString(), errors.ToString());
    }
}
