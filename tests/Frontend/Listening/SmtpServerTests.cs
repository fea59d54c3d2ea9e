using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Postfleet.Core;
using Postfleet.Core.Mail;
using Postfleet.Frontend.Options;
using Postfleet.Frontend.Tests.Fixtures;
using Postfleet.Testing;
using Xunit;

namespace Postfleet.Frontend.Tests.Listening;

/// <summary>The server on loopback sockets.</summary>
public sealed class SmtpServerTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task A_message_arrives_over_a_socket()
    {
        await using var server = await RunningServer.StartAsync();
        using var client = await SocketClient.ConnectAsync(server.Endpoint);
        await client.UpToDataAsync();
        await client.SendAsync("hi\r\n.\r\nQUIT\r\n");
        await client.ExpectAsync("250 2.0.0 Ok: queued as ");
        await client.ExpectAsync("221 2.0.0 Bye");
        await client.ExpectEndAsync();
        Assert.Equal(
            AcceptanceDetails.None with { Listener = "127.0.0.1:0" }, Assert.Single(server.Submission.Stored).Envelope.Acceptance);
    }

    [Fact]
    public async Task Twenty_megabytes_arrive_over_a_socket()
    {
        await using var server = await RunningServer.StartAsync();
        using var client = await SocketClient.ConnectAsync(server.Endpoint);
        await client.UpToDataAsync();
        var line = new string('x', 9_998) + "\r\n";
        for (var i = 0; i < 2000; i++) await client.SendAsync(line);
        await client.SendAsync(".\r\n");
        await client.ExpectAsync("250 2.0.0 Ok: queued as ");
        Assert.InRange(Assert.Single(server.Submission.Stored).Content.Length, 20_000_100, 20_000_400);
    }

    [Theory]
    [InlineData("[::]", "0.0.0.0")]
    [InlineData("127.0.0.1", "[::]")]
    public async Task Listeners_of_both_families_share_a_port(string first, string second)
    {
        await using var server = await StartOnFreePortAsync(port => [$"{first}:{port}", $"{second}:{port}"]);
        foreach (var address in new[] { IPAddress.Loopback, IPAddress.IPv6Loopback })
        {
            using var client = await SocketClient.ConnectAsync(new IPEndPoint(address, server.Endpoint.Port));
            await client.ExpectAsync("220 ");
        }
    }

    [Fact]
    public async Task A_listener_on_all_addresses_of_IPv6_takes_IPv4_too()
    {
        await using var server = await RunningServer.StartAsync(listeners: ["[::]:0"]);
        using var client = await SocketClient.ConnectAsync(new IPEndPoint(IPAddress.Loopback, server.Endpoint.Port));
        await client.ExpectAsync("220 ");
    }

    [Fact]
    public async Task The_server_exposes_its_assigned_port()
    {
        await using var server = await RunningServer.StartAsync();
        Assert.NotEqual(0, server.Endpoint.Port);
        var line = Assert.Single(server.Log.Of("listening"));
        Assert.Equal("relay", line.Fields["Service"]);
        Assert.Equal(server.Endpoint, line.Fields["Endpoint"]);
        Assert.Null(await server.Server.CheckAsync(default));
    }

    [Fact]
    public async Task A_port_in_use_fails_the_start_and_closes_the_other_listeners()
    {
        await using var other = await RunningServer.StartAsync();
        var free = FreePort.Tcp();
        var failure = await Assert.ThrowsAsync<StartFailureException>(
            () => RunningServer.StartAsync(listeners: [$"127.0.0.1:{free}", other.Endpoint.ToString()]));
        Assert.Equal($"the listener {other.Endpoint} cannot be opened: the port is in use", failure.Message);
        using var socket = new TcpClient();
        await Assert.ThrowsAsync<SocketException>(() => socket.ConnectAsync(IPAddress.Loopback, free));
    }

    [Fact]
    public async Task Connections_from_one_address_are_limited()
    {
        await using var server = await RunningServer.StartAsync(new SmtpOptions { MaxConnectionsPerAddress = 2 });
        using var first = await SocketClient.ConnectAsync(server.Endpoint);
        using var second = await SocketClient.ConnectAsync(server.Endpoint);
        await first.ExpectAsync("220 ");
        await second.ExpectAsync("220 ");
        using (var third = await SocketClient.ConnectAsync(server.Endpoint))
        {
            await third.ExpectAsync("421 4.7.0 Too many connections");
            await third.ExpectEndAsync();
        }

        await first.SendAsync("QUIT\r\n");
        await first.ExpectAsync("221 ");
        await first.ExpectEndAsync();
        // The connection is no longer counted once the server has closed it.
        await Eventually.True(
            async () =>
            {
                using var next = await SocketClient.ConnectAsync(server.Endpoint);
                return (await next.ReadLineAsync())!.StartsWith("220 ", StringComparison.Ordinal);
            },
            Patience, "the place of the session that ended is taken");
    }

    [Fact]
    public async Task Connections_are_limited_in_total()
    {
        await using var server = await RunningServer.StartAsync(new SmtpOptions { MaxConnections = 1 });
        using var first = await SocketClient.ConnectAsync(server.Endpoint);
        await first.ExpectAsync("220 ");
        using var second = await SocketClient.ConnectAsync(server.Endpoint);
        await second.ExpectAsync("421 4.7.0 Too many connections");
    }

    [Fact]
    public async Task Stopping_ends_idle_sessions_and_waits_for_sessions_in_data()
    {
        await using var server = await RunningServer.StartAsync();
        using var idle = await SocketClient.ConnectAsync(server.Endpoint);
        await idle.ExpectAsync("220 ");
        using var busy = await SocketClient.ConnectAsync(server.Endpoint);
        await busy.UpToDataAsync();
        await busy.SendAsync("hi\r\n");
        var stopping = server.Server.StopAsync(default);
        await idle.ExpectAsync("421 4.3.2 ");
        await idle.ExpectEndAsync();
        Assert.NotNull(await server.Server.CheckAsync(default));
        using (var late = new TcpClient())
            await Assert.ThrowsAsync<SocketException>(() => late.ConnectAsync(server.Endpoint));
        Assert.False(stopping.IsCompleted);
        await busy.SendAsync("there\r\n.\r\n");
        await busy.ExpectAsync("250 2.0.0 ");
        await busy.ExpectAsync("421 4.3.2 ");
        await stopping.WaitAsync(Patience);
        Assert.Single(server.Submission.Stored);
        Assert.Empty(server.Log.Above(LogLevel.Information));
    }

    [Fact]
    public async Task Sessions_are_aborted_at_the_end_of_the_grace_period()
    {
        await using var server = await RunningServer.StartAsync(grace: TimeSpan.FromMilliseconds(100));
        using var busy = await SocketClient.ConnectAsync(server.Endpoint);
        await busy.UpToDataAsync();
        await busy.SendAsync("hi\r\n");
        await server.Server.StopAsync(default).WaitAsync(Patience);
        await busy.ExpectEndAsync();
        Assert.Empty(server.Submission.Stored);
        Assert.Equal(1, Assert.Single(server.Log.Of("sessions aborted")).Fields["Sessions"]);
    }

    [Fact]
    public async Task A_client_that_does_not_read_does_not_delay_stopping()
    {
        await using var server = await RunningServer
            .StartAsync(new SmtpOptions { MaxJunkCommands = 1_000_000 }, grace: TimeSpan.FromMilliseconds(100));
        using var client = await SocketClient.ConnectAsync(server.Endpoint);
        await FloodAsync(client);
        await server.Server.StopAsync(default).WaitAsync(Patience);
    }

    [Fact]
    public async Task A_client_that_does_not_read_is_disconnected_after_its_timeout()
    {
        var time = new FakeTimeProvider();
        await using var server = await RunningServer
            .StartAsync(new SmtpOptions { MaxConnections = 1, MaxJunkCommands = 1_000_000 }, time: time);
        using var client = await SocketClient.ConnectAsync(server.Endpoint);
        await FloodAsync(client);
        await Eventually.True(
            async () =>
            {
                time.Advance(new SmtpOptions().CommandTimeout);
                using var next = await SocketClient.ConnectAsync(server.Endpoint);
                return (await next.ReadLineAsync())?.StartsWith("220 ", StringComparison.Ordinal) == true;
            },
            Patience, "the client that does not read has its place still");
    }

    [Fact]
    public async Task Reset_connections_are_not_logged_as_failures()
    {
        await using var server = await RunningServer.StartAsync(new SmtpOptions { MaxConnections = 1 });
        for (var i = 0; i < 5; i++)
        {
            using var client = await SocketClient.ConnectAsync(server.Endpoint);
            if (!(await client.ReadLineAsync())!.StartsWith("220 ", StringComparison.Ordinal)) i--;
            else client.Reset();
        }

        Assert.Empty(server.Log.Of("session failed"));
    }

    // Unread replies fill the buffers on both sides, until the server can neither write nor read.
    private static async Task FloodAsync(SocketClient client)
    {
        await client.ExpectAsync("220 ");
        var flood = string.Concat(Enumerable.Repeat("HELP\r\n", 10_000));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            while (true)
            {
                using var stuck = new CancellationTokenSource(TimeSpan.FromSeconds(1));
                await client.SendAsync(flood, stuck.Token);
            }
        });
    }

    // Retries, since another process may take the free port before the listeners open.
    private static async Task<RunningServer> StartOnFreePortAsync(Func<int, string[]> listeners)
    {
        for (var tries = 1; ; tries++)
        {
            try
            {
                return await RunningServer.StartAsync(listeners: listeners(FreePort.Tcp()));
            }
            catch (StartFailureException) when (tries < 10)
            {
                // Another process took the port.
            }
        }
    }
}
