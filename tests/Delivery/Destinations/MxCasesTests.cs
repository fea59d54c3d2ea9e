using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging.Abstractions;
using Postfleet.Contracts.Queueing;
using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;
using Postfleet.Delivery.Destinations;
using Postfleet.Delivery.Options;
using Postfleet.Delivery.Routing;
using Postfleet.Delivery.Smtp;
using Postfleet.Dns;
using Postfleet.Dns.Options;
using Postfleet.Testing;
using Postfleet.Testing.Fakes;
using Xunit;

namespace Postfleet.Delivery.Tests.Destinations;

/// <summary>From a domain to an open connection, or to the reason why there is none: with a real DNS server and real sockets.</summary>
public sealed class MxCasesTests : IAsyncLifetime, IHostConnector
{
    private const string Us = "us.example";

    private static readonly MailLoopDetector Own = new(Us, [], allowsLoopback: true, () => [], () => []);

    // Nobody listens on these addresses: a connection is refused at once.
    private const string Dead = "127.200.0.9";
    private const string AlsoDead = "127.200.0.10";

    private readonly SmtpSink _sink = new();
    private readonly List<string> _tried = [];
    private readonly DeliveryOptions _options;
    private SmtpConnector _sockets = null!;
    private Dnsmasq? _server;
    private DnsResolver? _resolver;
    private MailDns? _dns;

    public MxCasesTests() => _options = new DeliveryOptions { Port = _sink.Port };

    public Task InitializeAsync()
    {
        _sockets = new SmtpConnector(Us, _options, new TlsClient([]), TimeProvider.System, NullLogger.Instance);
        return Task.CompletedTask;
    }

    public async Task DisposeAsync()
    {
        _resolver?.Dispose();
        if (_server is not null) await _server.DisposeAsync();
        await _sink.DisposeAsync();
    }

    [Fact]
    public async Task Mail_goes_to_the_best_host_that_answers()
    {
        await ServeAsync(
            new DnsRecords().Mx("a.example", "dead.example", 10).Mx("a.example", "live.example", 20).Mx("a.example", "worse.example", 30)
            .Address("dead.example", Dead).Address("live.example", "127.0.0.1").Address("worse.example", AlsoDead));
        Assert.StartsWith("live.example[127.0.0.1]", await ConnectAsync("a.example"), StringComparison.Ordinal);
        Assert.Equal(["dead.example", "live.example"], _tried);
    }

    [Fact]
    public async Task Mail_waits_while_all_hosts_are_dead()
    {
        await ServeAsync(new DnsRecords().Mx("a.example", "one.example", 10).Mx("a.example", "two.example", 20).Address("one.example", Dead)
            .Address("two.example", AlsoDead));
        Assert.Equal("451 4.4.1", await ConnectAsync("a.example"));
        Assert.Equal(["one.example", "two.example"], _tried);
    }

    [Fact]
    public async Task Mail_bounces_when_no_host_has_an_address()
    {
        await ServeAsync(new DnsRecords().Mx("a.example", "ghost.example").Mx("a.example", "ghost2.example"));
        Assert.Equal("550 5.4.4", await ConnectAsync("a.example"));
        Assert.Empty(_tried);
    }

    [Fact]
    public async Task Mail_waits_while_the_dns_fails_for_the_address_of_a_host()
    {
        await ServeAsync(new DnsRecords().Mx("a.example", "ghost.example").Mx("a.example", "mx.broken.example").Failing("broken.example"));
        Assert.Equal("451 4.4.3", await ConnectAsync("a.example"));
        Assert.Empty(_tried);
    }

    [Fact]
    public async Task A_host_that_is_an_alias_is_followed()
    {
        await ServeAsync(
            new DnsRecords().Mx("a.example", "alias.example").Alias("alias.example", "live.example").Address("live.example", "127.0.0.1"));
        Assert.StartsWith("alias.example[127.0.0.1]", await ConnectAsync("a.example"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_host_that_is_an_address_is_passed_over_and_alone_it_fails()
    {
        await ServeAsync(
            new DnsRecords().Mx("a.example", "127.0.0.1", 10).Mx("b.example", "127.0.0.1", 10).Mx("b.example", "live.example", 20)
            .Address("live.example", "127.0.0.1").Address("a.example", "127.0.0.1"));
        Assert.Equal("550 5.4.4", await ConnectAsync("a.example"));
        Assert.StartsWith("live.example", await ConnectAsync("b.example"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_domain_with_a_null_mx_fails_at_once_though_it_has_an_address()
    {
        await ServeAsync(new DnsRecords().NullMx("a.example").Address("a.example", "127.0.0.1"));
        Assert.Equal("556 5.1.10", await ConnectAsync("a.example"));
        Assert.Empty(_tried);
    }

    [Fact]
    public async Task Mail_fails_without_an_attempt_when_this_node_is_the_best_host()
    {
        await ServeAsync(new DnsRecords().Mx("a.example", Us, 10).Mx("a.example", "live.example", 10).Address(Us, "127.0.0.1")
            .Address("live.example", "127.0.0.1"));
        Assert.Equal("554 5.4.6", await ConnectAsync("a.example"));
        Assert.Empty(_tried);
    }

    [Fact]
    public async Task A_host_on_an_address_of_this_node_is_not_connected_to()
    {
        _sink.Script = step =>
            step.Stage == SinkStage.Hello ? SinkAction.Reply($"250-{Us} at your service\r\n250 SIZE") : SinkAction.Accept;
        await ServeAsync(new DnsRecords().Mx("a.example", "front.example").Address("front.example", "127.0.0.1"));
        Assert.Equal("451 4.4.6", await ConnectAsync("a.example"));
    }

    [Fact]
    public async Task Connection_attempts_to_fifty_dead_hosts_are_bounded()
    {
        var records = new DnsRecords();
        for (var i = 0; i < 50; i++) records.Mx("a.example", $"mx{i:00}.example", i).Address($"mx{i:00}.example", $"127.200.1.{i}")
            .Address($"mx{i:00}.example", $"127.200.2.{i}");
        await ServeAsync(records);
        Assert.Equal("451 4.4.1", await ConnectAsync("a.example"));
        Assert.Equal(SiteConnector.MaxAddresses, _tried.Count);
    }

    [Fact]
    public async Task A_host_with_a_dead_address_family_is_reached_by_the_other_family()
    {
        await ServeAsync(new DnsRecords().Mx("a.example", "dual.example")
            .Address("dual.example", "::1").Address("dual.example", "127.0.0.1"));
        Assert.StartsWith("dual.example[127.0.0.1]", await ConnectAsync("a.example"), StringComparison.Ordinal);
        Assert.Equal(2, _tried.Count);
    }

    [Fact]
    public async Task A_host_with_a_single_working_family_is_reached_by_it()
    {
        Assert.True(Socket.OSSupportsIPv6);
        await using var v6 = new SmtpSink(new SinkOptions { Address = IPAddress.IPv6Loopback });
        await ServeAsync(new DnsRecords().Mx("a.example", "dual.example").Address("dual.example", Dead).Address("dual.example", "::1"));
        Assert.StartsWith("dual.example[::1]", await ConnectAsync("a.example", v6.Port), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Mail_waits_while_the_dns_does_not_answer()
    {
        await ServeAsync(new DnsRecords().Silent("silent.example").Failing("failing.example"), TimeSpan.FromMilliseconds(300));
        Assert.Equal("451 4.4.3", await ConnectAsync("silent.example"));
        Assert.Equal("451 4.4.3", await ConnectAsync("failing.example"));
    }

    [Fact]
    public async Task The_next_host_is_tried_when_the_dns_does_not_answer_for_the_first_host()
    {
        await ServeAsync(
            new DnsRecords().Silent("silent.example").Mx("a.example", "mx.silent.example", 10).Mx("a.example", "live.example", 20)
            .Address("live.example", "127.0.0.1"), TimeSpan.FromMilliseconds(300));
        Assert.StartsWith("live.example", await ConnectAsync("a.example"), StringComparison.Ordinal);
    }

    ValueTask<ConnectResult> IHostConnector
        .ConnectAsync(string hostName, EndPoint endpoint, Egress egress, CancellationToken cancellationToken)
    {
        _tried.Add(hostName);
        return _sockets.ConnectAsync(hostName, endpoint, egress, cancellationToken);
    }

    private async Task ServeAsync(DnsRecords records, TimeSpan? timeout = null)
    {
        _server = await Dnsmasq.StartAsync(records);
        _resolver = new DnsResolver(
            new DnsOptions { Servers = [_server.EndPoint], Timeout = timeout ?? TimeSpan.FromSeconds(5) }, TimeProvider.System,
            NullLogger.Instance);
        _dns = new MailDns(_resolver);
    }

    /// <summary>The connected host, or the reply code and status of the failure.</summary>
    private async Task<string> ConnectAsync(string domain, int? port = null)
    {
        RouteOptions[] routes = [new RouteOptions { Domain = DomainPattern.Parse("*"), To = RouteTarget.Parse("mx") }];
        var table = new EgressTable(routes, []);
        var resolver = new RouteResolver(routes, table, _options with { Port = port ?? _options.Port }, Own, _dns!);
        var decision = await resolver.ResolveAsync(QueueKey.FromTrusted($"default:{domain}"), CancellationToken.None);
        var reply = decision switch { RouteDecision.Fail fail => fail.Reply, RouteDecision.Defer defer => defer.Reply, _ => null };
        if (reply is null)
        {
            var target = Assert.IsType<RouteDecision.Deliver>(decision).Target;
            var connector = new SiteConnector(
                _dns!, this, new(table), Own, new MemoryCapture(), TimeProvider.System, Random.Shared.Next, NullLogger.Instance);
            var result = await connector.ConnectAsync(target, CancellationToken.None);
            if (result is ConnectResult.Connected { Connection: var connection })
            {
                await using (connection) return connection.RemoteHost;
            }

            reply = Assert.IsType<ConnectResult.Refused>(result).Reply;
        }

        return $"{reply.Code} {reply.Status}";
    }
}
