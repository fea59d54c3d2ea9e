using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Time.Testing;
using Postfleet.Delivery.Options;
using Postfleet.Delivery.Routing;
using Postfleet.Delivery.Security;
using Postfleet.Delivery.Smtp;
using Postfleet.Delivery.Tests.Routing;
using Postfleet.Delivery.Tests.Smtp;
using Postfleet.Testing;
using Xunit;

namespace Postfleet.Delivery.Tests.Security;

/// <summary>Policies fetched from real HTTPS servers on loopback, good ones and bad ones.</summary>
public sealed class StsFetcherTests : IAsyncLifetime
{
    private const string Policy = "version: STSv1\r\nmode: enforce\r\nmx: mx.a.test\r\nmax_age: 86400\r\n";

    private readonly FakeDns _dns = new FakeDns().WithAddresses("mta-sts.a.test", "127.0.0.1");
    private readonly FakeTimeProvider _time = new();
    private HttpsServer _server = new(Certificates.For("mta-sts.a.test"));

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Fact]
    public async Task A_policy_is_fetched_from_its_place()
    {
        _server.Answer = HttpsServer.Of(Policy, type: "text/plain; charset=utf-8");
        var (policy, problem) = await FetchAsync();
        Assert.Equal(("", "mx.a.test"), (problem, policy?.Patterns[0]));
        Assert.Equal(["GET /.well-known/mta-sts.txt HTTP/1.1 mta-sts.a.test"], _server.Requests);
    }

    [Theory]
    [InlineData("301 Moved Permanently", "text/plain", "the server says 301")]
    [InlineData("404 Not Found", "text/plain", "the server says 404")]
    [InlineData("204 No Content", "text/plain", "the server says 204")]
    [InlineData("200 OK", "text/html", "the content is not text/plain")]
    [InlineData("200 OK", "text/plainer", "the content is not text/plain")]
    public async Task Other_answers_are_no_policy(string status, string type, string problem)
    {
        _server.Answer = HttpsServer.Of(Policy, status, type);
        Assert.Equal((null, problem), await FetchAsync());
    }

    [Fact]
    public async Task A_redirection_is_not_followed()
    {
        _server.Answer = HttpsServer.Of(Policy, "302 Found")
            .Replace("\r\n\r\n", $"\r\nLocation: https://mta-sts.a.test:{_server.Port}/other\r\n\r\n", StringComparison.Ordinal);
        Assert.Equal((null, "the server says 302"), await FetchAsync());
        Assert.Single(_server.Requests);
    }

    [Theory]
    [InlineData(0, true)]
    [InlineData(1, false)]
    public async Task The_size_is_bounded(int more, bool isRead)
    {
        _server.Answer = HttpsServer.Of(Policy + new string('\n', StsPolicyParser.MaxText - Policy.Length + more));
        var (policy, problem) = await FetchAsync();
        Assert.Equal((isRead, isRead ? "" : "the policy is longer than 65536 octets"), (policy is not null, problem));
    }

    [Fact]
    public async Task The_header_is_bounded()
    {
        _server.Answer = $"HTTP/1.1 200 OK\r\nX: {new string('x', 100_000)}\r\n\r\n";
        Assert.Null((await FetchAsync()).Policy);
    }

    [Fact]
    public async Task Octets_that_are_no_HTTP_are_no_policy()
    {
        _server.Answer = "220 mail.a.test ESMTP\r\n";
        Assert.Null((await FetchAsync()).Policy);
    }

    public static TheoryData<string> BadCertificates => ["name", "authority", "expired"];

    [Theory]
    [MemberData(nameof(BadCertificates))]
    public async Task The_certificate_is_checked(string fault)
    {
        using var certificate = fault switch
        {
            "name" => Certificates.For("a.test"),
            "expired" => Certificates.For("mta-sts.a.test", DateTimeOffset.UtcNow.AddDays(-1)),
            _ => Certificates.For("mta-sts.a.test"),
        };
        await _server.DisposeAsync();
        _server = new HttpsServer(certificate) { Answer = HttpsServer.Of(Policy) };
        Assert.Null((await FetchAsync(fault == "authority" ? [] : [Certificates.Authority])).Policy);
        Assert.Empty(_server.Requests);
    }

    [Fact]
    public async Task A_server_that_does_not_answer_takes_a_bounded_time()
    {
        _server.Answer = null;
        var fetching = FetchAsync();
        await Eventually.True(() => _server.Requests.Count == 1, TimeSpan.FromSeconds(30), "the server has the request");
        await Eventually.Done(fetching, () => _time.Advance(IStsFetcher.MaxTime), "the fetch is given up");
        Assert.Equal((null, "there was no answer within 15 s"), await fetching);
    }

    /// <summary>A stranger's name must not lead the node to its own services.</summary>
    [Fact]
    public async Task A_name_that_leads_to_this_machine_is_not_connected_to()
    {
        _server.Answer = HttpsServer.Of(Policy);
        var (policy, problem) = await FetchAsync(allowsLoopback: false);
        Assert.Equal((null, "mta-sts.a.test has no address that can be used"), (policy, problem));
        Assert.Empty(_server.Requests);
    }

    [Fact]
    public async Task A_name_without_an_address_and_a_closed_port_are_no_policy()
    {
        Assert.Contains("no address", (await FetchAsync(domain: "b.test")).Problem, StringComparison.Ordinal);
        var port = _server.Port;
        await _server.DisposeAsync();
        _dns.WithAddresses("mta-sts.c.test", "127.0.0.1");
        Assert.Null((await FetchAsync(domain: "c.test", port: port)).Policy);
    }

    private async Task<(StsPolicy? Policy, string Problem)> FetchAsync(
        X509Certificate2Collection? authorities = null, bool allowsLoopback = true, string domain = "a.test", int? port = null)
    {
        var own = new MailLoopDetector("us.example", [], allowsLoopback, () => [], () => []);
        var client = new TlsClient(authorities ?? [Certificates.Authority]);
        using var fetcher = new StsFetcher(
            () => new DeliveryTlsOptions { MtaStsPort = port ?? _server.Port }, () => client, _dns, own, _time);
        return await fetcher.FetchAsync(domain);
    }
}
