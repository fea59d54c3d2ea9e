using System.Buffers;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Postfleet.Frontend.Options;
using Postfleet.Frontend.Tests.Fixtures;
using Postfleet.Testing;
using Xunit;

namespace Postfleet.Frontend.Tests.Listening;

/// <summary>Listeners behind proxies, on real sockets.</summary>
public sealed class ProxyTests
{
    private const string Header = "PROXY TCP4 192.0.2.7 198.51.100.1 40000 25\r\n";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private static readonly SmtpOptions Limits = new() { TrustedProxies = [IPNetwork.Parse("127.0.0.0/8")], MaxConnectionsPerAddress = 1 };
    private static readonly ListenerOptions Proxied = new() { Endpoint = IPEndPoint.Parse("127.0.0.1:0"), ProxyProtocol = true };

    [Fact]
    public async Task The_client_is_the_address_in_the_header()
    {
        await using var server = await RunningServer.StartAsync(Limits, listener: Proxied);
        using var client = await SocketClient.ConnectAsync(server.Endpoint);
        foreach (var octet in Header) await client.SendAsync(octet.ToString());
        await client.ExpectAsync("220 ");
        // The proxy is trusted; the client is not, by its own address.
        await client.SendAsync("HELO c\r\nMAIL FROM:<a@x.test>\r\nRCPT TO:<b@y.test>\r\nRCPT TO:<b@hosted.example>\r\nDATA\r\n");
        foreach (var reply in new[] { "250 ", "250 ", "550 5.7.1 ", "250 ", "354 " }) await client.ExpectAsync(reply);
        await client.SendAsync("hi\r\n.\r\n");
        await client.ExpectAsync("250 2.0.0 ");
        var message = Assert.Single(server.Submission.Stored);
        Assert.Equal("192.0.2.7", message.Envelope.ClientAddress);
        Assert.Contains("([192.0.2.7])", Encoding.Latin1.GetString(message.Content.Octets.ToArray()), StringComparison.Ordinal);
        Assert.Equal(IPAddress.Parse("192.0.2.7"), Assert.Single(server.Log.Of("rejected")).Fields["Client"]);
    }

    [Fact]
    public async Task Limits_count_the_client_and_not_the_proxy()
    {
        await using var server = await RunningServer.StartAsync(Limits, listener: Proxied);
        using var first = await SocketClient.ConnectAsync(server.Endpoint);
        await first.SendAsync(Header);
        await first.ExpectAsync("220 ");
        using var second = await SocketClient.ConnectAsync(server.Endpoint);
        await second.SendAsync(Header);
        await second.ExpectAsync("421 4.7.0 Too many connections");
        using var other = await SocketClient.ConnectAsync(server.Endpoint);
        await other.SendAsync(Header.Replace("192.0.2.7", "192.0.2.8", StringComparison.Ordinal));
        await other.ExpectAsync("220 ");
    }

    [Fact]
    public async Task The_header_precedes_TLS()
    {
        using var certificate = new TestCertificate();
        await using var server = await RunningServer
            .StartAsync(Limits, certificate: certificate, listener: Proxied with { ImplicitTls = true });
        using var client = await SocketClient.ConnectAsync(server.Endpoint);
        await client.SendAsync(Header);
        await client.StartTlsAsync(certificate);
        await client.ExpectAsync("220 ");
        await client.SendAsync("HELO c\r\nMAIL FROM:<a@x.test>\r\nRCPT TO:<b@y.test>\r\n");
        foreach (var reply in new[] { "250 ", "250 ", "550 5.7.1 " }) await client.ExpectAsync(reply);
    }

    [Theory]
    [InlineData("EHLO c\r\n")]
    [InlineData("PROXY TCP4 192.0.2.7\r\n")]
    [InlineData("PROXY TCP4 192.0.2.7 198.51.100.1 1 99999\r\nEHLO c\r\n")]
    public async Task A_connection_without_a_valid_header_is_closed(string input)
    {
        await using var server = await RunningServer.StartAsync(Limits, listener: Proxied);
        using var client = await SocketClient.ConnectAsync(server.Endpoint);
        await client.SendAsync(input);
        await client.ExpectEndAsync();
        Assert.Equal("PROXY header missing or malformed", Assert.Single(server.Log.Of("proxy refused")).Fields["Reason"]);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_health_check_without_octets_is_not_logged(bool isReset)
    {
        await using var server = await RunningServer.StartAsync(Limits with { MaxConnectionsPerAddress = 100 }, listener: Proxied);
        for (var i = 0; i < 5; i++)
        {
            using var probe =
                new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { LingerState = new LingerOption(isReset, 0) };
            await probe.ConnectAsync(server.Endpoint);
        }

        using var client = await SocketClient.ConnectAsync(server.Endpoint);
        await client.SendAsync("EHLO c\r\n");
        await client.ExpectEndAsync();
        // Stopping waits for all sessions.
        await server.Server.StopAsync(default);
        Assert.Single(server.Log.Of("proxy refused"));
        Assert.Single(server.Log.Above(LogLevel.Information));
    }

    [Fact]
    public async Task A_refused_peer_is_logged_once_a_minute()
    {
        var time = new FakeTimeProvider();
        await using var server = await RunningServer
            .StartAsync(Limits with { TrustedProxies = [IPNetwork.Parse("192.0.2.0/24")] }, listener: Proxied, time: time);
        for (var i = 0; i < 5; i++) await ComeAsync();
        Assert.Equal(0, Assert.Single(server.Log.Of("proxy refused")).Fields["LeftOut"]);
        time.Advance(TimeSpan.FromMinutes(1));
        await ComeAsync();
        Assert.Equal(4, server.Log.Of("proxy refused")[1].Fields["LeftOut"]);

        async Task ComeAsync()
        {
            using var client = await SocketClient.ConnectAsync(server.Endpoint);
            await client.ExpectEndAsync();
        }
    }

    [Fact]
    public async Task An_untrusted_proxy_is_refused()
    {
        var limits = Limits with { TrustedProxies = [IPNetwork.Parse("192.0.2.0/24")] };
        await using var server = await RunningServer.StartAsync(limits, listener: Proxied);
        using var client = await SocketClient.ConnectAsync(server.Endpoint);
        await client.ExpectEndAsync();
        Assert.Equal("not among Smtp:TrustedProxies", Assert.Single(server.Log.Of("proxy refused")).Fields["Reason"]);
    }

    [Fact]
    public async Task The_wait_for_a_header_is_limited()
    {
        var time = new FakeTimeProvider();
        await using var server = await RunningServer.StartAsync(Limits, listener: Proxied, time: time);
        using var client = await SocketClient.ConnectAsync(server.Endpoint);
        await client.SendAsync("PROXY TCP4 ");
        await Eventually.True(
            () =>
            {
                time.Advance(TimeSpan.FromSeconds(2));
                return server.Log.Of("proxy refused").Count == 1;
            },
            Patience, "the proxy is waited for");
        await client.ExpectEndAsync();
        Assert.Equal("no complete PROXY header within 10 s", server.Log.Of("proxy refused")[0].Fields["Reason"]);
    }

    [Fact]
    public async Task Stopping_does_not_wait_for_a_header()
    {
        await using var server = await RunningServer.StartAsync(Limits, listener: Proxied);
        using var client = await SocketClient.ConnectAsync(server.Endpoint);
        await client.SendAsync("PROXY");
        await server.Server.StopAsync(default).WaitAsync(Patience);
        await client.ExpectEndAsync();
    }

    [Fact]
    public async Task Listeners_without_ProxyProtocol_refuse_a_header()
    {
        await using var server = await RunningServer.StartAsync(Limits);
        using var client = await SocketClient.ConnectAsync(server.Endpoint);
        await client.ExpectAsync("220 ");
        await client.SendAsync(Header);
        await client.ExpectAsync("500 5.5.1 ");
    }
}
