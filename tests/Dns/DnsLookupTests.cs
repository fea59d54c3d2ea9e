using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using CsCheck;
using DnsClient;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Postfleet.Dns.Options;
using Postfleet.Testing;
using Xunit;
using static Postfleet.Testing.DnsQuery;

namespace Postfleet.Dns.Tests;

/// <summary>The lookups of the checks of inbound mail.</summary>
public sealed class DnsLookupTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    [Fact]
    public async Task Strings_of_a_txt_record_are_joined_and_records_are_not()
    {
        using var server = new DnsResponder(query => [query.Reply([Text("v=spf1 ", "", "-all"), Text("other"), Text("")])]);
        using var dns = Client(server.EndPoint);
        var answer = await dns.TextAsync("Example.org.", CancellationToken.None);
        Assert.Equal(DnsStatus.Found, answer.Status);
        Assert.Equal(["v=spf1 -all", "other", ""], answer.Records.ToArray());
        Assert.Equal((16, "example.org"), server.Queries.Select(query => (query.Type, query.Name)).Single());
    }

    [Theory]
    [InlineData("plain")]
    [InlineData("quote\" and \\\" and \\ and ; and \\\\")]
    [InlineData("b\u00c3\u00bccher in UTF-8 with \\200 and \"")]
    [InlineData("a lone \u00ff octet, \u0000, \u0080, \r\n and \"\\\"")]
    [InlineData("\u00ff \\097 \\0 \\ \\999 \\")]
    public async Task Octets_of_a_txt_record_are_unchanged(string text)
    {
        using var server = new DnsResponder(query => [query.Reply([Text(text[..3], text[3..])])]);
        using var dns = Client(server.EndPoint);
        Assert.Equal([text], (await dns.TextAsync("example.org", CancellationToken.None)).Records.ToArray());
    }

    [Fact]
    public async Task Random_octets_of_a_txt_record_are_unchanged()
    {
        var texts = new ConcurrentDictionary<string, string>();
        using var server = new DnsResponder(query => [query.Reply([Text(texts[query.Name])])]);
        using var dns = Client(server.EndPoint);
        var number = 0;
        // The digits of a backslash in a string that is not UTF-8 are ambiguous in DnsClient.
        await Gen.Char['\0', '\u00ff'].Where(c => c != '\\').Array[0, 80].SampleAsync(
            async octets =>
            {
                var name = $"t{Interlocked.Increment(ref number)}.example";
                texts[name] = new string(octets);
                return (await dns.TextAsync(name, CancellationToken.None)).Records.Single() == new string(octets);
            }, iter: 300);
    }

    [Theory]
    [InlineData("192.0.2.3", "3.2.0.192.in-addr.arpa")]
    [InlineData("::ffff:192.0.2.3", "3.2.0.192.in-addr.arpa")]
    [InlineData("2001:db8::567:89ab", "b.a.9.8.7.6.5.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa")]
    public async Task Pointers_of_an_address_are_read(string address, string name)
    {
        using var server = new DnsResponder(
            query => [query.Reply([Record(12, NameOf("Host.example.org")), Record(12, NameOf("b.example"))])]);
        using var dns = Client(server.EndPoint);
        var answer = await dns.PointersAsync(IPAddress.Parse(address), CancellationToken.None);
        Assert.Equal(["host.example.org", "b.example"], answer.Records.ToArray());
        Assert.Equal((12, name), server.Queries.Select(query => (query.Type, query.Name)).Single());
    }

    [Fact]
    public async Task Mail_exchangers_are_in_the_order_of_their_preference()
    {
        using var server = new DnsResponder(query => [query.Reply([Mx(20, "b.example"), Mx(5, "C.example"), Mx(20, "a.example")])]);
        using var dns = Client(server.EndPoint);
        Assert.Equal(["c.example", "a.example", "b.example"], (await dns.MailExchangersAsync("example.org", CancellationToken.None)).Records
            .ToArray());
    }

    [Theory]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("..")]
    [InlineData(".example.org")]
    [InlineData("a..example.org")]
    [InlineData("a\0b.example.org")]
    [InlineData("a\\b.example.org")]
    [InlineData("b\u00fccher.example.org")]
    [InlineData("0123456789012345678901234567890123456789012345678901234567890123.example.org")]
    public async Task A_name_that_cannot_be_queried_is_not_found_without_a_query(string name)
    {
        using var server = new DnsResponder(query => [query.Reply([Text("found")])]);
        using var dns = Client(server.EndPoint);
        var answer = await dns.TextAsync(name, CancellationToken.None);
        Assert.Equal((DnsStatus.NameNotFound, 0), (answer.Status, answer.Records.Length));
        Assert.Equal(
            DnsStatus.NameNotFound, (await dns.AddressesAsync(name, AddressFamily.InterNetwork, CancellationToken.None)).Status);
        Assert.Equal(DnsStatus.NameNotFound, (await dns.MailExchangersAsync(name, CancellationToken.None)).Status);
        Assert.Empty(server.Queries);
    }

    [Fact]
    public async Task The_longest_name_is_queried_and_a_longer_one_is_not()
    {
        using var server = new DnsResponder(query => [query.Reply([Text("found")])]);
        using var dns = Client(server.EndPoint);
        var longest = string.Join('.', Enumerable.Repeat(new string('a', 49), 5)) + ".bcd";
        Assert.Equal(253, longest.Length);
        Assert.Equal(DnsStatus.Found, (await dns.TextAsync(longest, CancellationToken.None)).Status);
        Assert.Equal(DnsStatus.Found, (await dns.TextAsync(longest + ".", CancellationToken.None)).Status);
        Assert.Equal(DnsStatus.NameNotFound, (await dns.TextAsync(longest + "e", CancellationToken.None)).Status);
        Assert.Single(server.Queries);
    }

    [Theory]
    [InlineData("a+b=c/d!%e.example.org")]
    [InlineData("a b.example.org")]
    [InlineData("_spf.\"quoted\".example.org")]
    [InlineData("xn--.example.org")]
    [InlineData("xn--a.xn--zzzzzzzzzzzz99.example.org")]
    public async Task Uncommon_names_are_queried(string name)
    {
        using var server = new DnsResponder(query => [query.Name == name ? query.Reply([Text("found")]) : query.Reply([], code: 3)]);
        using var dns = Client(server.EndPoint);
        Assert.Equal(["found"], (await dns.TextAsync(name, CancellationToken.None)).Records.ToArray());
    }

    [Theory]
    [InlineData(0, DnsStatus.NoData)]
    [InlineData(3, DnsStatus.NameNotFound)]
    [InlineData(2, DnsStatus.Failed)]
    public async Task Answers_without_records_are_distinguished(int code, DnsStatus status)
    {
        using var server = new DnsResponder(query => [query.Reply([], code: code)]);
        using var dns = Client(server.EndPoint);
        Assert.Equal(status, (await dns.TextAsync("example.org", CancellationToken.None)).Status);
        Assert.Equal(status, (await dns.PointersAsync(IPAddress.Loopback, CancellationToken.None)).Status);
        Assert.Equal(status, (await dns.MailExchangersAsync("example.org", CancellationToken.None)).Status);
        Assert.Equal(status, (await dns.AddressesAsync("example.org", AddressFamily.InterNetworkV6, CancellationToken.None)).Status);
    }

    [Fact]
    public async Task The_number_of_txt_records_is_bounded()
    {
        using var server = new DnsResponder(query => [query.IsTcp
            ? query.Reply([.. Enumerable.Range(0, 2000).Select(i => Text($"t{i}"))]) : query.Reply([], isTruncated: true)]);
        using var dns = Client(server.EndPoint);
        Assert.Equal(DnsResolver.MaxTexts, (await dns.TextAsync("example.org", CancellationToken.None)).Records.Length);
    }

    [Fact]
    public async Task Queries_beyond_the_limit_fail_at_once()
    {
        using var server = new DnsResponder(_ => []);
        using var transport = new DnsTransport(
            new DnsOptions { Servers = [server.EndPoint], Timeout = TimeSpan.FromMilliseconds(200) }, new FakeTimeProvider(),
            NullLogger.Instance, maxPending: 2);
        var queries = Enumerable.Range(0, 4).Select(i => transport.AskAsync($"d{i}.example", QueryType.TXT)).ToList();
        Assert.Equal([false, false, true, true], queries.Select(query => query.IsCompleted));
        Assert.Equal("2 other DNS queries are waiting", (await queries[3]).Problem);
        await Task.WhenAll(queries);
        Assert.Contains("does not answer", (await transport.AskAsync("d5.example", QueryType.TXT)).Problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Dns_lists_answer_while_the_other_lookups_wait_for_silent_servers()
    {
        using var server = new DnsResponder(query => query.Name.EndsWith(".silent.test", StringComparison.Ordinal) ? []
            : [query.Reply([Address("127.0.0.2")])]);
        await using var services = new ServiceCollection().AddLogging().AddSingleton(TimeProvider.System)
            .AddDns(new DnsOptions { Servers = [server.EndPoint], Timeout = Patience }).BuildServiceProvider();
        var checks = services.GetRequiredService<IDnsLookup>();
        for (var i = 0; i < DnsResolver.MaxPendingLookups; i++) _ = checks.TextAsync($"k{i}.silent.test", CancellationToken.None).AsTask();
        var crowded = await checks.TextAsync("example.org", CancellationToken.None);
        Assert.Equal((DnsStatus.Failed, true, TimeSpan.Zero), (crowded.Status, crowded.IsLocalFailure, crowded.Ttl));
        var list = await services.GetRequiredService<IDnsListLookup>()
            .AddressesAsync("2.0.0.127.bl.test", AddressFamily.InterNetwork, CancellationToken.None);
        Assert.Equal((DnsStatus.Found, false), (list.Status, list.IsLocalFailure));
    }

    [Fact]
    public async Task The_bit_for_authentic_data_is_read()
    {
        using var server = new DnsResponder(query =>
        {
            var reply = query.Reply([Text("found")]);
            if (query.Name == "signed.example") reply[3] |= 0x20;
            return [reply];
        });
        using var dns = Client(server.EndPoint);
        Assert.True((await dns.TextAsync("signed.example", CancellationToken.None)).IsAuthentic);
        Assert.False((await dns.TextAsync("plain.example", CancellationToken.None)).IsAuthentic);
    }

    private static DnsResolver Client(IPEndPoint server) => new(
        new DnsOptions { Servers = [server], Timeout = Patience }, new FakeTimeProvider(), NullLogger.Instance, isForDelivery: false);
}
