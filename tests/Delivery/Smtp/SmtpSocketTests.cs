using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging.Abstractions;
using Postfleet.Core.Queueing;
using Postfleet.Delivery.Options;
using Postfleet.Delivery.Routing;
using Postfleet.Delivery.Smtp;
using Xunit;

namespace Postfleet.Delivery.Tests.Smtp;

/// <summary>The client on real sockets: peers that reset, stop reading, or do not speak SMTP.</summary>
public class SmtpSocketTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    // Larger than the kernel's buffers on both sides.
    private static readonly string Huge = string.Concat(Enumerable.Repeat(new string('x', 998) + "\r\n", 16_000));

    [Fact]
    public async Task A_message_is_delivered()
    {
        using var peer = new SocketPeer(async call =>
        {
            await call.StartAsync();
            await call.ReadContentAsync();
            await call.SayAsync("250 taken");
            Assert.Equal("QUIT", await call.HearAsync());
            await call.SayAsync("221 bye");
            Assert.Null(await call.HearAsync());
        });
        var connection = await ConnectAsync(peer);
        Assert.Equal(Disposition.Delivered, (await SendAsync(connection, Huge)).Disposition);
        await connection.QuitAsync();
        await connection.DisposeAsync();
        await peer.Served.WaitAsync(Patience);
    }

    [Fact]
    public async Task A_reply_that_came_before_a_reset_counts()
    {
        for (var i = 0; i < 20; i++)
        {
            using var peer = new SocketPeer(async call =>
            {
                await call.StartAsync();
                await call.ReadContentAsync();
                await call.SayAsync("250 2.0.0 taken");
                call.Reset();
            });
            await using var connection = await ConnectAsync(peer);
            Assert.Equal("250 2.0.0 taken", (await SendAsync(connection)).Reply.ToString());
            await peer.Served.WaitAsync(Patience);
        }
    }

    [Fact]
    public async Task A_refusal_within_the_content_counts_before_a_reset()
    {
        using var peer = new SocketPeer(async call =>
        {
            await call.StartAsync();
            await call.HearAsync();
            await call.SayAsync("552 5.3.4 too large");
            call.Reset();
        });
        await using var connection = await ConnectAsync(peer);
        Assert.Equal("552 5.3.4 too large", (await SendAsync(connection, Huge)).Reply.ToString());
        Assert.False(connection.IsUsable);
        await peer.Served.WaitAsync(Patience);
    }

    [Fact]
    public async Task A_connection_reset_while_idle_is_stale()
    {
        using var peer = new SocketPeer(async call =>
        {
            await call.StartAsync();
            await call.ReadContentAsync();
            await call.SayAsync("250 2.0.0 taken");
            await call.HearAsync();
            call.Reset();
        });
        await using var connection = await ConnectAsync(peer);
        Assert.Equal(Disposition.Delivered, (await SendAsync(connection)).Disposition);
        // The peer reads the first message and resets; the second message finds the connection reset.
        Assert.Equal(SendResultKind.Stale, (await connection.SendAsync(Dialogue.Part(), RecipientSet.All(1), default)).Status);
        Assert.Equal(SendResultKind.Stale, (await connection.SendAsync(Dialogue.Part(), RecipientSet.All(1), default)).Status);
    }

    [Fact]
    public async Task A_peer_that_stops_reading_within_the_content_times_out()
    {
        var released = new TaskCompletionSource();
        using var peer = new SocketPeer(async call =>
        {
            await call.StartAsync();
            await released.Task;
        });
        var connection = await ConnectAsync(peer, new DeliveryTimeoutOptions { DataBlock = TimeSpan.FromMilliseconds(200) });
        var outcome = await SendAsync(connection, Huge);
        Assert.Equal(Disposition.Deferred, outcome.Disposition);
        Assert.Contains("timed out while sending the message", outcome.Reply.Text, StringComparison.Ordinal);
        await connection.QuitAsync().AsTask().WaitAsync(Patience);
        await connection.DisposeAsync().AsTask().WaitAsync(Patience);
        released.SetResult();
        await peer.Served.WaitAsync(Patience);
    }

    [Fact]
    public async Task A_peer_that_does_not_reply_to_quit_is_awaited_only_briefly()
    {
        var released = new TaskCompletionSource();
        using var peer = new SocketPeer(async call =>
        {
            await call.SayAsync("220 mx");
            await call.HearAsync();
            await call.SayAsync("250 mx");
            await released.Task;
        });
        var connection = await ConnectAsync(peer, new DeliveryTimeoutOptions { Quit = TimeSpan.FromHours(1) });
        await connection.QuitAsync().AsTask().WaitAsync(Patience);
        await connection.DisposeAsync().AsTask().WaitAsync(Patience);
        released.SetResult();
    }

    [Fact]
    public async Task Cancellation_closes_a_connection_that_awaits_the_greeting()
    {
        var accepted = new TaskCompletionSource();
        using var peer = new SocketPeer(async call =>
        {
            accepted.SetResult();
            Assert.Null(await call.HearAsync());
        });
        using var stopped = new CancellationTokenSource();
        var connecting = Connector(new DeliveryOptions()).ConnectAsync("mx.b.test", peer.EndPoint, Egress.Default, stopped.Token).AsTask();
        await accepted.Task.WaitAsync(Patience);
        await stopped.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => connecting.WaitAsync(Patience));
        await Record.ExceptionAsync(() => peer.Served.WaitAsync(Patience));
        Assert.True(peer.Served.IsCompleted);
    }

    [Theory]
    [InlineData(SocketError.AddressFamilyNotSupported, "mx.b.test[::1]:25: address family not supported")]
    [InlineData(SocketError.TooManyOpenSockets, "mx.b.test[::1]:25: too many open files")]
    public async Task A_socket_error_refuses_the_address_with_its_reason(SocketError error, string expected)
    {
        var dialer = new Dialer(Patience, TimeProvider.System) { NewSocket = _ => throw new SocketException((int)error) };
        var connector = new SmtpConnector("client.test", new DeliveryOptions(), new TlsClient([]), TimeProvider.System,
            NullLogger.Instance)
        { Dialer = dialer };
        var result = await connector
            .ConnectAsync("mx.b.test", new IPEndPoint(IPAddress.IPv6Loopback, 25), Egress.Default, CancellationToken.None);
        Assert.Equal($"451 4.4.1 {expected}", Assert.IsType<ConnectResult.Refused>(result).Reply.ToString());
    }

    [Fact]
    public async Task A_connection_uses_the_routes_source_address_and_name()
    {
        IPAddress? client = null;
        using var peer = new SocketPeer(async call =>
        {
            client = call.Client;
            await call.PlayAsync("S: 220 mx", "C: EHLO out.example", "S: 250 mx");
        });
        var egress = new Egress { SourceV4 = IPAddress.Parse("127.0.0.9"), Hostname = "out.example" };
        var result = await Connector(new DeliveryOptions()).ConnectAsync("mx.b.test", peer.EndPoint, egress, CancellationToken.None);
        await using var connection = Assert.IsType<ConnectResult.Connected>(result).Connection;
        Assert.Equal(egress.SourceV4, client);
    }

    [Fact]
    public async Task An_invalid_source_address_is_named_as_the_reason()
    {
        var egress = new Egress { SourceV4 = IPAddress.Parse("192.0.2.1") };
        var result = await Connector(new DeliveryOptions())
            .ConnectAsync("mx.b.test", new IPEndPoint(IPAddress.Loopback, 25), egress, CancellationToken.None);
        Assert.Contains("the source address is not one of this machine", Assert
            .IsType<ConnectResult.Refused>(result).Reply.Text, StringComparison.Ordinal);
    }

    private static async Task<ISiteConnection> ConnectAsync(SocketPeer peer, DeliveryTimeoutOptions? timeouts = null)
    {
        var options = new DeliveryOptions { Timeouts = timeouts ?? new DeliveryTimeoutOptions() };
        var result = await Connector(options).ConnectAsync("mx.b.test", peer.EndPoint, Egress.Default, CancellationToken.None).AsTask()
            .WaitAsync(Patience);
        return Assert.IsType<ConnectResult.Connected>(result).Connection;
    }

    private static SmtpConnector Connector(DeliveryOptions options) =>
        new("client.test", options, new TlsClient([]), TimeProvider.System, NullLogger.Instance);

    private static async Task<RecipientOutcome> SendAsync(ISiteConnection connection, string content = "Subject: x\r\n\r\nbody\r\n")
    {
        var result = await connection.SendAsync(Dialogue.Part(content: content), RecipientSet.All(1), default).AsTask().WaitAsync(Patience);
        return Assert.Single(result.Outcomes);
    }
}
