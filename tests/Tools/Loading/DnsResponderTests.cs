using System.Net;
using DnsClient;
using DnsClient.Protocol;
using Postfleet.Tools.Loading;
using Xunit;

namespace Postfleet.Tools.Tests.Loading;

/// <summary>The answers, read by a foreign resolver.</summary>
public sealed class DnsResponderTests : IDisposable
{
    private const int Sites = 600;

    private readonly DnsResponder _responder = new(Sites);
    private readonly LookupClient _client;

    public DnsResponderTests() => _client = new(new LookupClientOptions(new IPEndPoint(IPAddress.Loopback, _responder.Start(0)))
    {
        UseCache = false,
        Retries = 3,
        Timeout = TimeSpan.FromSeconds(10),
        UseTcpFallback = false,
    });

    /// <inheritdoc/>
    public void Dispose() => _responder.Dispose();

    [Theory]
    [InlineData("d0.bench.test", "mx0.bench.test.")]
    [InlineData("d599.bench.test", "mx599.bench.test.")]
    [InlineData("d600.bench.test", "mx0.bench.test.")]
    [InlineData("d2000000007.bench.test", "mx207.bench.test.")]
    [InlineData("D12.Bench.TEST", "mx12.bench.test.")]
    public async Task Domain_has_the_mail_host_of_its_site(string domain, string host)
    {
        var answer = await _client.QueryAsync(domain, QueryType.MX);
        Assert.False(answer.HasError);
        var record = Assert.IsType<MxRecord>(Assert.Single(answer.Answers));
        // TimeToLive counts down.
        Assert.Equal((10, host, 3600), (record.Preference, record.Exchange.Value.ToLowerInvariant(), record.InitialTimeToLive));
        Assert.Equal(domain + ".", record.DomainName.Value, ignoreCase: true);
    }

    [Theory]
    [InlineData("mx0.bench.test", "127.1.0.1")]
    [InlineData("mx249.bench.test", "127.1.0.250")]
    [InlineData("mx250.bench.test", "127.1.1.1")]
    [InlineData("mx599.bench.test", "127.1.2.100")]
    public async Task Mail_host_has_an_address_of_its_own(string host, string address)
    {
        var answer = await _client.QueryAsync(host, QueryType.A);
        Assert.Equal(address, Assert.IsType<ARecord>(Assert.Single(answer.Answers)).Address.ToString());
    }

    [Theory]
    [InlineData("d1.bench.test", QueryType.A)]
    [InlineData("d1.bench.test", QueryType.TXT)]
    [InlineData("mx1.bench.test", QueryType.AAAA)]
    [InlineData("mx1.bench.test", QueryType.MX)]
    [InlineData("mx600.bench.test", QueryType.A)]
    public async Task Other_record_types_of_known_names_have_no_data(string name, QueryType type)
    {
        var answer = await _client.QueryAsync(name, type);
        Assert.Equal(DnsHeaderResponseCode.NoError, answer.Header.ResponseCode);
        Assert.Empty(answer.Answers);
        var authority = Assert.IsType<SoaRecord>(Assert.Single(answer.Authorities));
        Assert.Equal(("bench.test.", 3600u), (authority.DomainName.Value, authority.Minimum));
    }

    [Theory]
    [InlineData("d.bench.test")]
    [InlineData("dx.bench.test")]
    [InlineData("d-1.bench.test")]
    [InlineData("d1.example.test")]
    [InlineData("a.d1.bench.test")]
    [InlineData("bench.test")]
    public async Task Other_names_do_not_exist(string name)
    {
        var answer = await _client.QueryAsync(name, QueryType.MX);
        Assert.Equal(DnsHeaderResponseCode.NotExistentDomain, answer.Header.ResponseCode);
        Assert.Empty(answer.Answers);
        Assert.IsType<SoaRecord>(Assert.Single(answer.Authorities));
    }

    [Fact]
    public async Task Queries_are_counted()
    {
        for (var n = 0; n < 3; n++) await _client.QueryAsync($"d{n}.bench.test", QueryType.MX);
        Assert.True(_responder.Queries >= 3);
    }

    // A query of no use: too short, an answer, two questions, a name without its end, a name by reference.
    [Theory]
    [InlineData("")]
    [InlineData("000100000001000000000000")]
    [InlineData("000180000001000000000000026430056265 6e6368047465737400000f0001")]
    [InlineData("00010000000200000000000002643005626 56e6368047465737400000f0001")]
    [InlineData("000100000001000000000000026430056265")]
    [InlineData("000100000001000000000000c00c000f0001")]
    public void Octets_that_are_no_query_have_no_answer(string hex) =>
        Assert.Equal(0, DnsAnswer.Write(Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal)), new byte[512], Sites));

    [Fact]
    public void Random_octets_are_answered_within_512_octets_or_not_at_all()
    {
        var random = new Random(1);
        var answer = new byte[512];
        byte[] asked = [0, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 2, (byte)'d', (byte)'7', 5, .. "bench"u8, 4, .. "test"u8, 0, 0, 15, 0, 1];
        for (var round = 0; round < 200_000; round++)
        {
            var query = asked.ToArray().AsSpan(0, random.Next(asked.Length + 1));
            for (var flips = random.Next(4); flips > 0 && query.Length > 0; flips--)
                query[random.Next(query.Length)] = (byte)random.Next(256);
            Assert.InRange(DnsAnswer.Write(query, answer, Sites), 0, 512);
        }
    }
}
