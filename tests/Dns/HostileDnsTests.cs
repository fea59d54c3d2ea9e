using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Postfleet.Dns.Options;
using Postfleet.Testing;
using Xunit;
using static Postfleet.Testing.DnsQuery;

namespace Postfleet.Dns.Tests;

/// <summary>A DNS server, or an attacker on the path, sends invalid or forged answers.</summary>
public sealed class HostileDnsTests
{
    private const int Mail = 15;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly FakeTimeProvider _time = new();

    /// <summary>Invalid answers to the query.</summary>
    public static TheoryData<string> Nonsense => ["empty", "one octet", "header only", "random", "cut", "counts", "pointer to itself",
        "pointers in a ring", "pointer beyond", "label beyond"];

    [Theory, MemberData(nameof(Nonsense))]
    public async Task A_malformed_answer_is_a_temporary_failure(string kind)
    {
        using var server = new DnsResponder(query => [Corrupt(query, kind)]);
        using var dns = Client(TimeSpan.FromMilliseconds(300), server.EndPoint);
        var answer = await dns.PreferencesAsync("example.org", CancellationToken.None);
        Assert.Equal(DnsStatus.Failed, answer.Status);
        Assert.Empty(answer.Records);
    }

    [Fact]
    public async Task Random_changes_to_an_answer_at_worst_fail_the_query()
    {
        var random = new Random(7);
        using var server = new DnsResponder(query =>
        {
            var reply = query.Reply(
                [Mx(10, "mx.example.org"), Record(5, NameOf("a.b.c.example")), Mx(20, "mx2.example.org")], [Address("192.0.2.1")]);
            lock (random) for (var i = random.Next(1, 6); i > 0; i--) reply[random.Next(12, reply.Length)] = (byte)random.Next(256);
            return [reply];
        });
        using var dns = Client(TimeSpan.FromMilliseconds(200), server.EndPoint);
        var answers = await Task
            .WhenAll(Enumerable.Range(0, 300).Select(i => dns.PreferencesAsync($"d{i}.example", CancellationToken.None).AsTask()));
        Assert.All(answers, answer => Assert.InRange(answer.Records.Length, 0, 2));
    }

    [Fact]
    public async Task A_truncated_answer_is_queried_again_over_tcp()
    {
        using var server = new DnsResponder(
            query => [query.IsTcp ? query.Reply([Mx(10, "mx.example.org")]) : query.Reply([Mx(10, "cut.example")], isTruncated: true)]);
        using var dns = Client(Patience, server.EndPoint);
        Assert.Equal([new MailExchanger(10, "mx.example.org")], (await dns.PreferencesAsync("example.org", CancellationToken.None)).Records
            .ToArray());
        Assert.Contains(server.Queries, query => query.IsTcp);
    }

    [Fact]
    public async Task A_truncated_answer_without_tcp_is_a_failure()
    {
        using var server = new DnsResponder(query => query.IsTcp ? [] : [query.Reply([Mx(10, "cut.example")], isTruncated: true)]);
        using var dns = Client(TimeSpan.FromMilliseconds(300), server.EndPoint);
        Assert.Equal(DnsStatus.Failed, (await dns.PreferencesAsync("example.org", CancellationToken.None)).Status);
    }

    [Fact]
    public async Task Records_of_other_names_are_ignored()
    {
        using var server = new DnsResponder(query => [query.Reply(
            query.Type == Mail ? [Mx(1, "evil.example", owner: "other.example"), Mx(10, "mx.example.org")]
                : [Address("192.0.2.66", owner: "evil.example")],
            [Address("192.0.2.66", owner: "mx.example.org")])]);
        using var dns = Client(Patience, server.EndPoint);
        Assert.Equal([new MailExchanger(10, "mx.example.org")], (await dns.PreferencesAsync("example.org", CancellationToken.None)).Records
            .ToArray());
        Assert.Empty((await dns.AddressesAsync("mx.example.org", AddressFamily.InterNetwork, CancellationToken.None)).Records);
    }

    [Fact]
    public async Task Aliases_are_followed_in_any_order_and_loops_end()
    {
        using var server = new DnsResponder(query => [query.Reply(query.Name == "ring.example"
            ? [Record(5, NameOf("b.example")), Record(5, NameOf("ring.example"), owner: "b.example")]
            : [Address("192.0.2.7", owner: "c.example"), Record(5, NameOf("C.example"), owner: "b.example"),
                Record(5, NameOf("B.example"))])]);
        using var dns = Client(Patience, server.EndPoint);
        Assert.Equal(
            [IPAddress.Parse("192.0.2.7")],
                (await dns.AddressesAsync("a.example", AddressFamily.InterNetwork, CancellationToken.None)).Records.Distinct());
        Assert.Empty((await dns.AddressesAsync("ring.example", AddressFamily.InterNetwork, CancellationToken.None)).Records);
    }

    [Fact]
    public async Task An_answer_to_another_query_is_ignored()
    {
        using var server = new DnsResponder(query =>
        {
            var forged = query.Reply([Mx(10, "evil.example")]);
            forged[0] ^= 0xFF;
            return [forged];
        });
        using var dns = Client(TimeSpan.FromMilliseconds(300), server.EndPoint);
        Assert.Equal(DnsStatus.Failed, (await dns.PreferencesAsync("example.org", CancellationToken.None)).Status);
    }

    [Fact]
    public async Task Records_beyond_the_limit_are_ignored()
    {
        using var server = new DnsResponder(query => [query.IsTcp
            ? query.Reply([.. Enumerable.Range(0, 2000)
                .Select(i => query.Type == Mail ? Mx(i, $"mx{i}.example") : Address($"10.0.{i / 250}.{i % 250}"))])
            : query.Reply([], isTruncated: true)]);
        using var dns = Client(Patience, server.EndPoint);
        var mx = await dns.PreferencesAsync("example.org", CancellationToken.None);
        Assert.Equal(Enumerable.Range(0, DnsResolver.MaxExchangers), mx.Records.Select(host => host.Preference));
        Assert.Equal(DnsResolver.MaxAddresses,
            (await dns.AddressesAsync("mx0.example", AddressFamily.InterNetwork, CancellationToken.None)).Records.Length);
    }

    [Fact]
    public async Task A_ttl_of_zero_is_cached_for_seconds()
    {
        using var server = new DnsResponder(query => [query.Reply([Mx(10, "mx.example.org", ttl: 0)])]);
        using var dns = Client(Patience, server.EndPoint);
        for (var i = 0; i < 10; i++) await dns.PreferencesAsync("example.org", CancellationToken.None);
        Assert.Single(server.Queries);
        _time.Advance(TimeSpan.FromSeconds(6));
        await dns.PreferencesAsync("example.org", CancellationToken.None);
        Assert.Equal(2, server.Queries.Count);
    }

    [Fact]
    public async Task A_ttl_of_years_is_cached_for_an_hour()
    {
        using var server = new DnsResponder(query => [query.Reply([Mx(10, "mx.example.org", ttl: int.MaxValue)])]);
        using var dns = Client(Patience, server.EndPoint);
        Assert.Equal(TimeSpan.FromHours(1), (await dns.PreferencesAsync("example.org", CancellationToken.None)).Ttl);
        using var negative = new DnsResponder(query => [query.Reply([Mx(10, "mx.example.org", ttl: -1)])]);
        using var other = Client(Patience, negative.EndPoint);
        Assert.InRange(
            (await other.PreferencesAsync("example.org", CancellationToken.None)).Ttl, TimeSpan.FromSeconds(1), TimeSpan.FromHours(1));
    }

    [Theory]
    [InlineData(2)]
    [InlineData(5)]
    public async Task A_refusal_is_distinguished_from_an_empty_answer(int code)
    {
        using var server = new DnsResponder(query => [query.Reply([], code: code)]);
        using var dns = Client(Patience, server.EndPoint);
        Assert.Equal(DnsStatus.Failed, (await dns.PreferencesAsync("example.org", CancellationToken.None)).Status);
        Assert.Equal(
            DnsStatus.Failed, (await dns.AddressesAsync("example.org", AddressFamily.InterNetwork, CancellationToken.None)).Status);
    }

    [Fact]
    public async Task A_silent_or_failing_server_does_not_hide_the_next_server()
    {
        using var silent = new DnsResponder(_ => []);
        using var failing = new DnsResponder(query => [query.Reply([], code: 2)]);
        using var good = new DnsResponder(query => [query.Reply([Mx(10, "mx.example.org")])]);
        using var dns = Client(TimeSpan.FromMilliseconds(300), silent.EndPoint, failing.EndPoint, good.EndPoint);
        Assert.Equal([new MailExchanger(10, "mx.example.org")], (await dns.PreferencesAsync("example.org", CancellationToken.None)).Records
            .ToArray());
    }

    [Fact]
    public async Task A_failure_for_one_address_family_does_not_affect_the_other()
    {
        using var server = new DnsResponder(query => query.Type == 28 ? [] : [query.Reply([Address("192.0.2.1")])]);
        using var dns = Client(TimeSpan.FromMilliseconds(300), server.EndPoint);
        var v6 = await dns.AddressesAsync("mx.example.org", AddressFamily.InterNetworkV6, CancellationToken.None);
        var v4 = await dns.AddressesAsync("mx.example.org", AddressFamily.InterNetwork, CancellationToken.None);
        Assert.Equal((DnsStatus.Failed, DnsStatus.Found), (v6.Status, v4.Status));
        Assert.Equal(IPAddress.Parse("192.0.2.1"), Assert.Single(v4.Records));
    }

    [Fact]
    public async Task An_answer_with_another_question_is_a_failure()
    {
        using var server = new DnsResponder(query =>
        {
            var reply = query.Reply([Mx(10, "evil.example")]);
            reply[13] = (byte)'x';
            return [reply];
        });
        using var dns = Client(Patience, server.EndPoint);
        var answer = await dns.PreferencesAsync("example.org", CancellationToken.None);
        Assert.Equal((DnsStatus.Failed, $"{server.EndPoint} answers another query"), (answer.Status, answer.Problem));
    }

    private static byte[] Corrupt(DnsQuery query, string kind)
    {
        var good = query.Reply([Mx(10, "mx.example.org")]);
        var start = query.Reply([]).Length;
        switch (kind)
        {
            case "empty": return [];
            case "one octet": return [1];
            case "header only": return good[..12];
            case "random": return [.. query.Octets[..2], .. Enumerable.Range(0, 200).Select(i => (byte)(i * 73))];
            case "cut": return good[..^5];
            case "counts":
                good[6] = 0xFF;
                return good;
            case "pointer to itself":
                // The record's owner name is a pointer to itself.
                (good[start], good[start + 1]) = ((byte)(0xC0 | (start >> 8)), (byte)start);
                return good;
            case "pointers in a ring":
                var ring = query.Reply([Record(Mail, [0, 10, 0xC0, (byte)(start + 16), 0xC0, (byte)(start + 14)])]);
                return ring;
            case "pointer beyond":
                (good[start], good[start + 1]) = (0xFF, 0xFF);
                return good;
            case "label beyond":
                good[start + 14] = 63;
                return good;
            default: throw new ArgumentException(kind, nameof(kind));
        }
    }

    private DnsResolver Client(TimeSpan timeout, params IPEndPoint[] servers) => new(
        new DnsOptions { Servers = [.. servers], Timeout = timeout }, _time,
        NullLogger.Instance);
}
