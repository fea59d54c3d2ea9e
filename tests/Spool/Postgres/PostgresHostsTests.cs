using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Postfleet.Core;
using Postfleet.Core.Queueing;
using Postfleet.Spool.Capture;
using Postfleet.Spool.Postgres;
using Postfleet.Spool.Tests.Contract;
using Postfleet.Storage.Postgres;
using Postfleet.Testing;

namespace Postfleet.Spool.Tests.Postgres;

/// <summary>Connection strings with a single host and with several hosts.</summary>
public sealed class PostgresHostsTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    [Theory]
    [InlineData("Host=a,b", "Target Session Attributes=primary")]
    [InlineData("Host=a,b;Target Session Attributes=any", "Target Session Attributes=primary")]
    [InlineData("Host=a,b;Target Session Attributes=standby", "Target Session Attributes=primary")]
    [InlineData("Host=a;Target Session Attributes=primary", "multiple hosts")]
    [InlineData("Database=x", "names no host")]
    [InlineData("Host", "cannot be read")]
    [InlineData("Host=a;Nonsense=secret", "cannot be read")]
    public void An_unusable_connection_string_is_refused_in_one_line_without_secrets(string connectionString, string says)
    {
        var e = Assert.Throws<StartFailureException>(() => PostgresPool.Create($"{connectionString};Password=secret", 1, "test"));
        Assert.Contains(says, e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', e.Message);
    }

    [Fact]
    public async Task The_operators_words_win_over_the_defaults()
    {
        await using var plain = PostgresPool.Create("Host=db;Password=secret", 3, "test");
        var settings = new NpgsqlConnectionStringBuilder(plain.ConnectionString);
        Assert.Equal((3, 15, 5, true), (settings.MaxPoolSize, settings.CommandTimeout, settings.Timeout, settings.TcpKeepAlive));
        Assert.Equal("db:5432/", plain.Description);

        await using var own = PostgresPool
            .Create("Host=db;Maximum Pool Size=7;Command Timeout=60;Timeout=9;TCP Keepalive=false", 3, "test");
        settings = new NpgsqlConnectionStringBuilder(own.ConnectionString);
        Assert.Equal((7, 60, 9, false), (settings.MaxPoolSize, settings.CommandTimeout, settings.Timeout, settings.TcpKeepAlive));
    }

    [Fact]
    public async Task A_fail_over_to_the_second_host_goes_on_with_what_is_there()
    {
        await using var first = await PostgresServer.StartNewAsync();
        await using var second = await PostgresServer.StartNewAsync();
        var hosts = string.Join(
            ',', new[] { first, second }.Select(server => new NpgsqlConnectionStringBuilder(server.AdminConnectionString).Host));
        var both = new NpgsqlConnectionStringBuilder(first.AdminConnectionString) { Host = hosts, TargetSessionAttributes = "read-write" };
        await using var bench = new Bench();
        // Both have the tables, as a primary and its standby do.
        var standby = await bench.OpenAsync(second.AdminConnectionString);
        var spool = await bench.OpenAsync(both.ConnectionString);
        var early = Mail.Message("a.test");
        Assert.Equal(StoreResult.Stored, await spool.StoreAsync(early, default));
        Mail.AssertSame(early, await (await bench.OpenAsync(first.AdminConnectionString)).ReadAsync(early.Part(), default));

        // The first server continues to answer, but writes no more.
        await ExecuteAsync(first, "ALTER SYSTEM SET default_transaction_read_only = on");
        await ExecuteAsync(first, "SELECT pg_reload_conf()");

        NewMessage late;
        await Eventually.True(
            async () => await spool.StoreAsync(late = Mail.Message("a.test"), default) == StoreResult.Stored
                && await standby.ReadHeadAsync(late.Part(), 0, default) is not null,
            Limit,
            "stores at the second host");
    }

    private static async Task ExecuteAsync(PostgresServer server, string sql)
    {
        await using var source = NpgsqlDataSource.Create(server.AdminConnectionString + ";Pooling=false");
        await using var command = source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    private sealed class Bench : SpoolBench, IAsyncDisposable
    {
        public Bench() : base(new PostgresPlace())
        {
        }

        public Task<GroupCommitSpool> OpenAsync(string connectionString) => OpenAsync(new PostgresStorage(
            connectionString, new CaptureBounds(1, TimeSpan.FromDays(1)), NullLogger<GroupCommitSpool>.Instance, TimeProvider.System));

        async ValueTask IAsyncDisposable.DisposeAsync() => await DisposeAsync();
    }
}
