using Npgsql;
using Postfleet.Storage.Postgres;
using Postfleet.Testing;

namespace Postfleet.Storage.Tests.Postgres;

/// <summary>A password that is asked for at each new connection, with a server that checks it.</summary>
public sealed class PostgresPasswordTests : IAsyncLifetime
{
    // Each of these characters has a meaning in a connection string.
    private const string First = "p;w'o\"r d=1";
    private const string Second = "another;one";

    private PostgresServer _server = null!;

    public async Task InitializeAsync()
    {
        _server = await PostgresServer.StartNewAsync();
        await _server.RequirePasswordAsync("node", First);
    }

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Fact]
    public async Task Changed_password_is_used_by_the_next_connection()
    {
        var password = First;
        var settings = new NpgsqlConnectionStringBuilder(_server.AdminConnectionString) { Username = "node", Pooling = false };
        await using var pool = PostgresPool.Create(settings.ConnectionString, 1, "test", password: () => password);
        await using var open = await pool.OpenAsync();
        await using (await pool.OpenAsync()) await _server.SetPasswordAsync("node", Second);
        var refused = await Assert.ThrowsAsync<PostgresException>(async () => await pool.OpenAsync());
        Assert.Equal(PostgresErrorCodes.InvalidPassword, refused.SqlState);
        password = Second;
        await using (await pool.OpenAsync())
        {
        }

        // A connection that is open stays.
        await using var command = new NpgsqlCommand("SELECT 1", open);
        Assert.Equal(1, await command.ExecuteScalarAsync());
    }

    /// <summary>The pools take it for an unavailable server and try again.</summary>
    [Fact]
    public async Task Unreadable_password_is_a_failure_of_the_connection()
    {
        var settings = new NpgsqlConnectionStringBuilder(_server.AdminConnectionString) { Username = "node" };
        await using var pool = PostgresPool.Create(
            settings.ConnectionString, 1, "test", password: () => throw new IOException("no such file"));
        var e = await Assert.ThrowsAnyAsync<Exception>(async () => await pool.OpenAsync());
        Assert.True(PostgresFault.IsOfServer(e), $"{e}");
    }

    [Theory]
    [InlineData("Host=db;Password=x", "Password")]
    [InlineData("Host=db;Passfile=/x", "Passfile")]
    [InlineData("Host=db", null)]
    public void Password_of_a_connection_string_is_found(string connectionString, string? key) =>
        Assert.Equal(key, PostgresConnectionString.FindPassword(connectionString));
}
