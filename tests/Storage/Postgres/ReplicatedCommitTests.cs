using Npgsql;
using Postfleet.Storage.Postgres;
using Postfleet.Testing;

namespace Postfleet.Storage.Tests.Postgres;

/// <summary>Commits at a server whose synchronous standby is away.</summary>
public sealed class ReplicatedCommitTests(ReplicatedCommitTests.Server fixture) : IClassFixture<ReplicatedCommitTests.Server>
{
    private const string Insert = "INSERT INTO numbers VALUES (1)";

    [Fact]
    public async Task Commit_that_times_out_is_a_failure_with_an_unknown_outcome()
    {
        await using var pool = Pool("1");
        await using var connection = await pool.OpenAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        await using var command = new NpgsqlCommand(Insert, connection, transaction);
        await command.ExecuteNonQueryAsync();
        var failure = await Assert.ThrowsAsync<NpgsqlException>(
            () => ReplicatedCommit.RunAsync(connection, () => transaction.CommitAsync()));
        Assert.Contains("synchronous standby", failure.Message, StringComparison.Ordinal);
        Assert.False(PostgresFault.IsRefusal(failure));
        Assert.Equal(FailureKind.Storage, PostgresFault.Judge(failure));
    }

    [Fact]
    public async Task Cancelled_batch_is_a_failure_and_the_next_on_the_connection_is_not()
    {
        await using var pool = Pool("15");
        await using var connection = await pool.OpenAsync();
        await using var batch = new NpgsqlBatch(connection) { BatchCommands = { new(Insert), new(Insert) } };
        var run = ReplicatedCommit.RunAsync(connection, () => batch.ExecuteNonQueryAsync());
        await fixture.CancelStandbyWaitAsync();
        await Assert.ThrowsAsync<NpgsqlException>(() => run);

        await using var command = new NpgsqlCommand("SET synchronous_commit = local", connection);
        await command.ExecuteNonQueryAsync();
        await ReplicatedCommit.RunAsync(connection, () => batch.ExecuteNonQueryAsync());
    }

    private PostgresPool Pool(string commandSeconds) =>
        PostgresPool.Create($"{fixture.ConnectionString};Command Timeout={commandSeconds}", 1, "test");

    /// <summary>A server that waits for a standby that does not exist, and a database that would keep warnings to itself.</summary>
    public sealed class Server : IAsyncLifetime
    {
        private PostgresServer _server = null!;

        /// <summary>The database.</summary>
        public string ConnectionString => _server.AdminConnectionString;

        /// <summary>Cancels the wait of a commit.</summary>
        public Task CancelStandbyWaitAsync() => _server.CancelStandbyWaitAsync();

        /// <inheritdoc/>
        public async Task InitializeAsync()
        {
            _server = await PostgresServer.StartNewAsync();
            await _server.ExecuteAsync("CREATE TABLE numbers (number int)");
            await _server.ExecuteAsync("ALTER DATABASE postgres SET client_min_messages = error");
            await _server.LoseStandbyAsync();
        }

        /// <inheritdoc/>
        public async Task DisposeAsync() => await _server.DisposeAsync();
    }
}
