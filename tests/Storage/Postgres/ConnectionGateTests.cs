using Microsoft.Extensions.Time.Testing;
using Npgsql;
using Postfleet.Storage.Postgres;
using Postfleet.Testing;

namespace Postfleet.Storage.Tests.Postgres;

/// <summary>Tests of the pauses between tries of an unavailable server.</summary>
public sealed class ConnectionGateTests : IAsyncLifetime
{
    private readonly FakeTimeProvider _time = new();
    private PostgresServer _server = null!;
    private PostgresPool _pool = null!;
    private ConnectionGate _gate = null!;

    public async Task InitializeAsync()
    {
        _server = await PostgresServer.StartNewAsync();
        _pool = PostgresPool.Create(_server.AdminConnectionString, 1, "test");
        _gate = new ConnectionGate(_pool, _time);
    }

    public async Task DisposeAsync()
    {
        await _pool.DisposeAsync();
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task Unavailable_server_is_tried_seldom_and_used_at_its_first_answer()
    {
        await _server.StopAsync();
        Assert.True(await IsAskedAsync());
        var pause = ConnectionGate.FirstPause;
        for (var failures = 1; failures < 8; failures++)
        {
            Assert.False(await IsAskedAsync());
            _time.Advance(pause - TimeSpan.FromMilliseconds(1));
            Assert.False(await IsAskedAsync());
            _time.Advance(TimeSpan.FromMilliseconds(1));
            Assert.True(await IsAskedAsync());
            pause = pause * 2 < ConnectionGate.MaxPause ? pause * 2 : ConnectionGate.MaxPause;
        }

        await _server.StartAsync();
        _time.Advance(ConnectionGate.MaxPause);
        await (await _gate.OpenAsync(default)).DisposeAsync();

        // The server has answered, so the next failure begins with the shortest pause.
        await _server.StopAsync();
        _gate.Clear();
        Assert.True(await IsAskedAsync());
        _time.Advance(ConnectionGate.FirstPause);
        Assert.True(await IsAskedAsync());
    }

    // Whether a failed attempt reached the server.
    private async Task<bool> IsAskedAsync()
    {
        var e = await Assert.ThrowsAnyAsync<NpgsqlException>(() => _gate.OpenAsync(default));
        return !e.Message.Contains("not tried again yet", StringComparison.Ordinal);
    }
}
