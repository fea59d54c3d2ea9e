using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging.Abstractions;
using Postfleet.Delivery.Options;
using Postfleet.Delivery.Routing;
using Postfleet.Delivery.Smtp;
using Xunit;

namespace Postfleet.Delivery.Tests.Smtp;

/// <summary>Connections through proxies that answer well, answer badly, or do not answer.</summary>
public sealed class ProxyDialingTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private static readonly IPEndPoint Host = new(IPAddress.Parse("192.0.2.25"), 25);

    [Theory]
    [InlineData("192.0.2.25", "05 01 00 01 C0 00 02 19 00 19", "05 00 00 01 00 00 00 00 00 00")]
    [InlineData("2001:db8::19", "05 01 00 04 20 01 0D B8 00 00 00 00 00 00 00 00 00 00 00 19 00 19",
        "05 00 00 04 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00")]
    [InlineData("192.0.2.25", "05 01 00 01 C0 00 02 19 00 19", "05 00 00 03 03 61 2E 62 00 00")]
    public async Task A_socks_proxy_connects_to_the_host_and_the_session_follows(string address, string request, string answer)
    {
        using var proxy = new ScriptedProxy(["05 01 00", request], ["05 00", answer], "220 mx\r\n", "250 mx\r\n");
        var result = await ConnectAsync(Socks(proxy), new IPEndPoint(IPAddress.Parse(address), 25));

        var connection = Assert.IsType<ConnectResult.Connected>(result).Connection;
        Assert.Equal(address, connection.Details.Address);
        await connection.DisposeAsync();
        await proxy.Served.WaitAsync(Patience);
    }

    [Theory]
    [InlineData("05 02", "the proxy {0} cannot be used: it wants a password", true)]
    [InlineData("05 FF", "the proxy {0} cannot be used: it wants a password", true)]
    [InlineData("48 54", "the proxy {0} cannot be used: it is no SOCKS5 proxy", true)]
    [InlineData("05 00|05 02 00 01 00", "the proxy {0} cannot be used: its rules do not allow the connection", true)]
    [InlineData("05 00|05 00 00 09 00", "the proxy {0} cannot be used: its answer has an unknown form", true)]
    [InlineData("05 00|05 04 00 01 00", "no route to host from {0}", false)]
    [InlineData("05 00|05 05 00 01 00", "connection refused, through {0}", false)]
    [InlineData("05 00|05 01 00 01 00", "{0} failed to connect (code 1)", false)]
    [InlineData("05 00|", "the proxy {0} cannot be used: it closed the connection", true)]
    [InlineData("", "the proxy {0} cannot be used: it closed the connection", true)]
    public async Task A_proxy_that_does_not_connect_defers_with_its_reason(string answers, string text, bool isLocal)
    {
        var asked = answers.Contains('|', StringComparison.Ordinal)
            ? new[] { "05 01 00", "05 01 00 01 C0 00 02 19 00 19" } : ["05 01 00"];
        using var proxy = new ScriptedProxy(asked, answers.Split('|'));
        var refused = Assert.IsType<ConnectResult.Refused>(await ConnectAsync(Socks(proxy), Host));

        var reason = string.Format(null, text, $"socks5://{proxy.EndPoint}");
        Assert.Equal(($"451 4.4.1 mx.test[192.0.2.25]:25: {reason}", isLocal), (refused.Reply.ToString(), refused.IsLocal));
    }

    [Fact]
    public async Task A_proxy_that_is_away_is_named_and_the_host_is_not_blamed()
    {
        IPEndPoint closed;
        using (var proxy = new ScriptedProxy([], [])) closed = proxy.EndPoint;
        var refused = Assert.IsType<ConnectResult.Refused>(
            await ConnectAsync(new Egress { Proxy = new EgressProxy(ProxyProtocol.Socks5, "127.0.0.1", closed.Port) }, Host));
        Assert.Equal(
            ($"mx.test[192.0.2.25]:25: the proxy socks5://{closed} cannot be used: connection refused", true),
            (refused.Reply.Text, refused.IsLocal));
    }

    [Fact]
    public async Task A_proxy_that_never_answers_takes_no_longer_than_the_time_limit()
    {
        using var proxy = new ScriptedProxy(["05 01 00"], []) { StaysOpen = true };
        var options = new DeliveryOptions { Timeouts = new DeliveryTimeoutOptions { Connect = TimeSpan.FromMilliseconds(200) } };
        var refused = Assert.IsType<ConnectResult.Refused>(await ConnectAsync(Socks(proxy), Host, options));
        Assert.Equal($"mx.test[192.0.2.25]:25: the connection through socks5://{proxy.EndPoint} timed out", refused.Reply.Text);
    }

    [Theory]
    [InlineData("192.0.2.25", "192.0.2.1", "21 11 00 0C C0 00 02 01 C0 00 02 19 00 00 00 19")]
    [InlineData("2001:db8::19", "2001:db8::1",
        "21 21 00 24 20 01 0D B8 00 00 00 00 00 00 00 00 00 00 00 01 20 01 0D B8 00 00 00 00 00 00 00 00 00 00 00 19 00 00 00 19")]
    public async Task Haproxy_gets_the_source_and_the_host_in_a_header(string host, string source, string header)
    {
        using var proxy = new ScriptedProxy([$"0D 0A 0D 0A 00 0D 0A 51 55 49 54 0A {header}"], [""], "220 mx\r\n", "250 mx\r\n");
        var address = IPAddress.Parse(source);
        var egress = new Egress
        {
            Proxy = new EgressProxy(ProxyProtocol.Haproxy, "127.0.0.1", proxy.EndPoint.Port),
            SourceV4 = address.AddressFamily == AddressFamily.InterNetwork ? address : null,
            SourceV6 = address.AddressFamily == AddressFamily.InterNetworkV6 ? address : null,
        };
        var result = await ConnectAsync(egress, new IPEndPoint(IPAddress.Parse(host), 25));

        var connection = Assert.IsType<ConnectResult.Connected>(result).Connection;
        Assert.Equal((host, source), (connection.Details.Address, connection.Details.Source));
        await connection.DisposeAsync();
        await proxy.Served.WaitAsync(Patience);
    }

    [Theory]
    [InlineData("socks5://proxy.lan:1080", "socks5://proxy.lan:1080")]
    [InlineData("HAPROXY://[2001:DB8::1]:5000", "haproxy://[2001:db8::1]:5000")]
    [InlineData("socks5://proxy.lan", null)]
    [InlineData("http://proxy.lan:80", null)]
    [InlineData("socks5://user:secret@proxy.lan:1080", null)]
    public void A_proxy_is_a_protocol_a_host_and_a_port(string text, string? expected) =>
        Assert.Equal(expected, EgressProxy.TryParse(text)?.ToString());

    private static Egress Socks(ScriptedProxy proxy) =>
        new() { Proxy = new EgressProxy(ProxyProtocol.Socks5, "127.0.0.1", proxy.EndPoint.Port) };

    private static Task<ConnectResult> ConnectAsync(Egress egress, IPEndPoint host, DeliveryOptions? options = null) =>
        new SmtpConnector("client.test", options ?? new DeliveryOptions(), new TlsClient([]), TimeProvider.System, NullLogger.Instance)
            .ConnectAsync("mx.test", host, egress, CancellationToken.None).AsTask().WaitAsync(Patience);

    /// <summary>A proxy that expects octets, answers each with octets, and then speaks the lines of a mail host.</summary>
    private sealed class ScriptedProxy : IDisposable
    {
        private readonly TcpListener _listener = new(IPAddress.Loopback, 0);

        public ScriptedProxy(string[] expected, string[] answers, params string[] host)
        {
            _listener.Start();
            Served = ServeAsync(expected, answers, host);
        }

        public IPEndPoint EndPoint => (IPEndPoint)_listener.LocalEndpoint;

        public Task Served { get; }

        /// <summary>Whether the connection stays open after the last answer, until the client closes it.</summary>
        public bool StaysOpen { get; init; }

        public void Dispose() => _listener.Dispose();

        private async Task ServeAsync(string[] expected, string[] answers, string[] host)
        {
            using var client = await _listener.AcceptTcpClientAsync();
            var stream = client.GetStream();
            foreach (var (index, octets) in expected.Index())
            {
                var wanted = Octets(octets);
                var read = new byte[wanted.Length];
                await stream.ReadExactlyAsync(read);
                Assert.Equal(wanted, read);
                if (index < answers.Length) await stream.WriteAsync(Octets(answers[index]));
            }

            using var reader = new StreamReader(stream);
            foreach (var (index, line) in host.Index())
            {
                if (index > 0) await reader.ReadLineAsync();
                await stream.WriteAsync(System.Text.Encoding.ASCII.GetBytes(line));
            }

            if (host.Length > 0 || StaysOpen) await reader.ReadToEndAsync();
        }

        private static byte[] Octets(string text) => Convert.FromHexString(text.Replace(" ", "", StringComparison.Ordinal));
    }
}
