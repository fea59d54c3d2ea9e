using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Postfleet.Dns.Options;
using Postfleet.Testing;
using Xunit;
using static Postfleet.Testing.DnsQuery;

namespace Postfleet.Dns.Tests;

/// <summary>Lookups of validated answers, which ask only servers that are trusted to validate.</summary>
public sealed class DnssecLookupTests
{
    private const int Alias = 5;

    private const int Tlsa = 52;

    private const byte Authentic = 0x20;

    [Fact]
    public async Task Tlsa_records_are_read_octet_by_octet()
    {
        using var server = new DnsResponder(
            query => [Signed(query, Record(Tlsa, [3, 1, 1, 0, 255, 128]), Record(Tlsa, [255, 254, 253, 1]))]);
        await using var services = Services(server.EndPoint);
        var answer = await services.GetRequiredService<IDnssecLookup>().TlsaAsync("_25._tcp.mx.example", default);
        Assert.Equal((DnsStatus.Found, true), (answer.Status, answer.IsAuthentic));
        Assert.Equal(
            ["3 1 1 00ff80", "255 254 253 01"],
            answer.Records.Select(
                each => $"{each.Usage} {each.Selector} {each.MatchingType} {Convert.ToHexStringLower(each.Data.AsSpan())}"));
        // The query asks for signatures: the bit DO in the record OPT at its end (RFC 3225).
        var query = Assert.Single(server.Queries).Octets;
        Assert.Equal((Tlsa, 0x80), (Assert.Single(server.Queries).Type, query[^4] & 0x80));
    }

    [Theory]
    [InlineData(new byte[0])]
    [InlineData(new byte[] { 3 })]
    [InlineData(new byte[] { 3, 1 })]
    public async Task A_record_that_is_too_short_vouches_for_nothing(byte[] data)
    {
        using var server = new DnsResponder(query => [Signed(query, Record(Tlsa, data))]);
        await using var services = Services(server.EndPoint);
        var answer = await services.GetRequiredService<IDnssecLookup>().TlsaAsync("_25._tcp.mx.example", default);
        Assert.True(answer.Status == DnsStatus.Failed || answer.Records.All(record => record.Data.IsEmpty), $"{answer.Status}");
    }

    [Fact]
    public async Task The_end_of_aliases_is_told()
    {
        using var server = new DnsResponder(query => [query.Type == Alias ? Signed(query, Record(Alias, NameOf("b.example")))
            : Signed(query, Record(Alias, NameOf("b.example")), Record(Alias, NameOf("c.example"), owner: "b.example"),
                Address("192.0.2.1", owner: "c.example"))]);
        await using var services = Services(server.EndPoint);
        var dns = services.GetRequiredService<IDnssecLookup>();
        Assert.Equal("c.example", (await dns.AddressesAsync("a.example", AddressFamily.InterNetwork, default)).CanonicalName);
        Assert.Equal("b.example", (await dns.AliasAsync("a.example", default)).Records.Single());
    }

    [Theory]
    [InlineData(true, null)]
    [InlineData(false, "the DNS servers answer without the bit AD: they do not validate")]
    public async Task A_server_that_does_not_validate_is_recognised(bool isValidating, string? problem)
    {
        using var server = new DnsResponder(query => [isValidating ? Signed(query) : query.Reply([])]);
        await using var services = Services(server.EndPoint);
        Assert.Equal(problem, await services.GetRequiredService<IDnssecLookup>().FindProblemAsync());
        Assert.Equal("", Assert.Single(server.Queries).Name);
    }

    [Fact]
    public async Task A_server_that_is_not_trusted_is_not_asked()
    {
        await using var services = Services(IPEndPoint.Parse("192.0.2.53:53"));
        var answer = await services.GetRequiredService<IDnssecLookup>().TlsaAsync("_25._tcp.mx.example", default);
        Assert.Equal((DnsStatus.Failed, "no DNS server is configured that may be asked"), (answer.Status, answer.Problem));
    }

    [Theory]
    [InlineData("127.0.0.1:53", "", true)]
    [InlineData("[::1]:53", "", true)]
    [InlineData("192.0.2.53:53", "", false)]
    [InlineData("192.0.2.53:53", "192.0.2.53:53", true)]
    [InlineData("192.0.2.53:53", "192.0.2.53:5353", false)]
    [InlineData("192.0.2.53:53 127.0.0.1:53", "", true)]
    public void Servers_on_loopback_and_named_ones_are_trusted(string servers, string trusted, bool isTrusted) => Assert.Equal(
        isTrusted, DnsTrust.HasTrusted(new DnsOptions { Servers = Parse(servers), TrustedServers = Parse(trusted) }));

    private static IPEndPoint[] Parse(string text) =>
        [.. text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(IPEndPoint.Parse)];

    private static byte[] Signed(DnsQuery query, params byte[][] records)
    {
        var reply = query.Reply(records);
        reply[3] |= Authentic;
        return reply;
    }

    private static ServiceProvider Services(IPEndPoint server) => new ServiceCollection().AddLogging().AddSingleton(TimeProvider.System)
        .AddDns(new DnsOptions { Servers = [server], Timeout = TimeSpan.FromSeconds(5) }).BuildServiceProvider();
}
