using System.Net;
using DnsClient;
using DnsClient.Protocol;
using Postfleet.Testing;
using Xunit;

namespace Postfleet.EndToEnd.Tests.Fixtures;

public sealed class DnsmasqTests
{
    [Fact]
    public async Task Responder_serves_exactly_the_given_records()
    {
        await using var server = await Dnsmasq.StartAsync(new DnsRecords()
            .Mx("a.test", "mx2.a.test", 20).Mx("a.test", "mx1.a.test", 10)
            .Address("mx1.a.test", "127.0.0.2").Address("mx1.a.test", "127.0.0.3").Address("mx1.a.test", "::1")
            .Alias("alias.a.test", "mx1.a.test")
            .NullMx("null.test")
            .Failing("failing.test"));
        var client = Client(server);

        var mx = await client.QueryAsync("a.test", QueryType.MX);
        Assert.Equal(
            [(10, "mx1.a.test."), (20, "mx2.a.test.")],
            mx.Answers.OfType<MxRecord>().Select(r => ((int)r.Preference, r.Exchange.Value)).Order());
        var a = await client.QueryAsync("mx1.a.test", QueryType.A);
        Assert.Equal(["127.0.0.2", "127.0.0.3"], a.Answers.ARecords().Select(r => r.Address.ToString()).Order());
        var aaaa = await client.QueryAsync("mx1.a.test", QueryType.AAAA);
        Assert.Equal(IPAddress.IPv6Loopback, Assert.Single(aaaa.Answers.AaaaRecords()).Address);
        Assert.Equal(2, (await client.QueryAsync("alias.a.test", QueryType.A)).Answers.ARecords().Count());
        Assert.Equal(".", Assert.Single((await client.QueryAsync("null.test", QueryType.MX)).Answers.MxRecords()).Exchange.Value);
        Assert.Equal(DnsHeaderResponseCode.NotExistentDomain, (await client.QueryAsync("x.test", QueryType.MX)).Header.ResponseCode);
        Assert.Equal(DnsHeaderResponseCode.ServerFailure, (await client.QueryAsync("x.failing.test", QueryType.MX)).Header.ResponseCode);
    }

    [Fact]
    public async Task Responder_can_replace_its_records_and_be_silent()
    {
        await using var server = await Dnsmasq.StartAsync(new DnsRecords().Silent("silent.test"));
        var client = Client(server);
        await Assert.ThrowsAsync<DnsResponseException>(() => client.QueryAsync("silent.test", QueryType.MX));
        Assert.Equal(DnsHeaderResponseCode.NotExistentDomain, (await client.QueryAsync("new.test", QueryType.A)).Header.ResponseCode);

        await server.ReplaceAsync(new DnsRecords().Address("new.test", "127.0.0.9"));
        Assert.Equal("127.0.0.9", Assert.Single((await client.QueryAsync("new.test", QueryType.A)).Answers.ARecords()).Address.ToString());
    }

    private static LookupClient Client(Dnsmasq server) =>
        new(new LookupClientOptions(server.EndPoint) { UseCache = false, Retries = 0, Timeout = TimeSpan.FromSeconds(1) });
}
