using System.Net;
using Postfleet.Authentication.Spf;
using Postfleet.Testing;
using Xunit;

namespace Postfleet.Authentication.Tests.Spf;

public sealed class SpfEvaluatorTests
{
    private readonly ZoneDns _zone = new();

    [Fact]
    public async Task The_matched_directive_and_the_number_of_lookups_are_reported()
    {
        _zone.Text("example.org", "v=spf1 mx include:spf.example.net -all").Mx("example.org", "mx.example.org")
            .Address("mx.example.org", "192.0.2.1").Text("spf.example.net", "v=spf1 a:out.example.net ip4:192.0.2.0/24 -all")
            .Address("out.example.net", "198.51.100.7");
        var outcome = await CheckAsync("user@example.org", "192.0.2.25");
        Assert.Equal((SpfResult.Pass, "include:spf.example.net", 3), (outcome.Result, outcome.Mechanism, outcome.Lookups));
        Assert.Equal((SpfIdentity.MailFrom, "example.org"), (outcome.Identity, outcome.Domain));
        Assert.Equal("-all", (await CheckAsync("user@example.org", "203.0.113.1")).Mechanism);
    }

    [Fact]
    public async Task Without_a_match_the_result_is_neutral_by_default()
    {
        _zone.Text("example.org", "v=spf1 ip4:192.0.2.1");
        var outcome = await CheckAsync("user@example.org", "192.0.2.2");
        Assert.Equal((SpfResult.Neutral, "default"), (outcome.Result, outcome.Mechanism));
    }

    [Fact]
    public async Task The_null_reverse_path_is_checked_by_the_name_in_helo()
    {
        _zone.Text("client.example.org", "v=spf1 exists:%{s}.test -all").Address("postmaster@client.example.org.test", "127.0.0.1");
        var outcome = await CheckAsync("", "192.0.2.2", "client.example.org");
        Assert.Equal((SpfResult.Pass, SpfIdentity.Helo, "client.example.org"), (outcome.Result, outcome.Identity, outcome.Domain));
    }

    [Theory]
    [InlineData("user@example")]
    [InlineData("user@")]
    [InlineData("user@[192.0.2.1]")]
    [InlineData("user@b\u00fc her.example")]
    [InlineData("user@a\tb.example")]
    [InlineData("user@a..example")]
    [InlineData("user@.")]
    [InlineData("@")]
    public async Task A_domain_that_cannot_publish_a_record_is_not_looked_up(string sender)
    {
        Assert.Equal(SpfResult.None, (await CheckAsync(sender, "192.0.2.1")).Result);
        Assert.Empty(_zone.Queries);
    }

    [Fact]
    public async Task U_labels_are_looked_up_as_a_labels()
    {
        _zone.Text("xn--bcher-kva.example", "v=spf1 a:%{d} -all").Address("xn--bcher-kva.example", "192.0.2.1");
        var outcome = await CheckAsync("\u00fcser@B\u00fccher.example", "192.0.2.1");
        Assert.Equal((SpfResult.Pass, "xn--bcher-kva.example"), (outcome.Result, outcome.Domain));
    }

    // RFC 8616 section 4: a local-part with other characters than ASCII never matches.
    [Fact]
    public async Task A_local_part_beyond_ascii_matches_no_name()
    {
        _zone.Text("example.org", "v=spf1 exists:%{l}.example.org ?all");
        Assert.Equal(SpfResult.Neutral, (await CheckAsync("\u00fcser@example.org", "192.0.2.1")).Result);
        Assert.Single(_zone.Queries);
    }

    [Fact]
    public async Task An_ipv4_mapped_client_is_an_ipv4_client()
    {
        _zone.Text("example.org", "v=spf1 ip4:192.0.2.0/24 ip6:::ffff:198.51.100.0/120 exists:%{i}.%{v}.test -all")
            .Address("203.0.113.1.in-addr.test", "127.0.0.2");
        Assert.Equal("ip4:192.0.2.0/24", (await CheckAsync("u@example.org", "::ffff:192.0.2.200")).Mechanism);
        Assert.Equal("-all", (await CheckAsync("u@example.org", "::ffff:198.51.100.1")).Mechanism);
        Assert.Equal(SpfResult.Pass, (await CheckAsync("u@example.org", "::ffff:203.0.113.1")).Result);
    }

    [Theory]
    [InlineData("v=spf1 ip4:192.0.2.1 mooo -all", "example.org: 'mooo' is not a valid mechanism")]
    [InlineData("v=spf1 exp=a.b exp=c.d -all", "example.org: the modifier exp is given twice")]
    [InlineData("v=spf1 x=%y -all", "example.org: 'x=%y' is not a valid modifier")]
    [InlineData("v=spf1 a:\u00ff\u0001.example -all", "example.org: 'a:??.example' is not a valid mechanism")]
    [InlineData("v=spf1 include:nowhere.example -all", "the included domain nowhere.example publishes no record")]
    [InlineData("v=spf1 redirect=nowhere.example", "the redirect leads to nowhere.example, which publishes no record")]
    [InlineData("v=spf1 include:example.org", "more than 10 terms need lookups")]
    [InlineData("v=spf1 redirect=example.org", "more than 10 terms need lookups")]
    [InlineData("v=spf1 a:x.test a:y.test a:z.test -all", "more than 2 lookups found no records")]
    [InlineData("v=spf1 mx:many.test -all", "many.test has more than 10 mail exchangers")]
    public async Task A_permanent_error_names_its_cause(string record, string problem)
    {
        _zone.Text("example.org", record).Mx("many.test", [.. Enumerable.Range(0, 11).Select(i => $"mx{i}.test")]);
        var outcome = await CheckAsync("user@example.org", "192.0.2.2");
        Assert.Equal((SpfResult.PermError, problem), (outcome.Result, outcome.Problem));
    }

    [Theory]
    [InlineData("v=spf1 a:broken.test -all", "the addresses of broken.test cannot be looked up")]
    [InlineData("v=spf1 mx:broken.test -all", "the mail exchangers of broken.test cannot be looked up")]
    [InlineData("v=spf1 mx:half.test -all", "the addresses of broken.test cannot be looked up")]
    [InlineData("v=spf1 exists:broken.test -all", "the addresses of broken.test cannot be looked up")]
    [InlineData("v=spf1 include:broken.test -all", "the record of broken.test cannot be looked up")]
    [InlineData("v=spf1 redirect=broken.test", "the record of broken.test cannot be looked up")]
    public async Task A_temporary_error_names_its_cause(string record, string problem)
    {
        _zone.Text("example.org", record).Failing("broken.test").Mx("half.test", "broken.test");
        var outcome = await CheckAsync("user@example.org", "192.0.2.2");
        Assert.Equal((SpfResult.TempError, problem), (outcome.Result, outcome.Problem));
    }

    [Fact]
    public async Task A_failed_lookup_of_pointers_matches_nothing()
    {
        _zone.Text("example.org", "v=spf1 ptr -exists:%{p}.test ~all").Failing("1.2.0.192.in-addr.arpa")
            .Address("unknown.test", "127.0.0.1");
        Assert.Equal("-exists:%{p}.test", (await CheckAsync("user@example.org", "192.0.2.1")).Mechanism);
    }

    [Fact]
    public async Task Pointers_beyond_the_tenth_are_not_looked_up()
    {
        _zone.Text("example.org", "v=spf1 ptr ptr:example.org exists:%{p}.%{p}.test -all")
            .Pointer("192.0.2.1", [.. Enumerable.Range(0, 30).Select(i => $"p{i}.example.org")]);
        Assert.Equal(SpfResult.Fail, (await CheckAsync("user@example.org", "192.0.2.1")).Result);
        Assert.Equal(30, _zone.Queries.Count(query => query.StartsWith("A p", StringComparison.Ordinal)));
        Assert.Single(_zone.Queries, query => query.StartsWith("PTR ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_record_longer_than_the_limit_is_an_error()
    {
        var longest = "v=spf1 " + string.Concat(Enumerable.Repeat("ip4:192.0.2.1 ", 291)) + "ip4:192.0.2.2 +";
        Assert.Equal(4096, longest.Length);
        _zone.Text("example.org", longest[..^1]).Text("long.example.org", longest + "all");
        Assert.Equal(SpfResult.Pass, (await CheckAsync("user@example.org", "192.0.2.2")).Result);
        Assert.Equal(
            "long.example.org: the record is longer than 4096 octets", (await CheckAsync("user@long.example.org", "192.0.2.2")).Problem);
    }

    [Fact]
    public async Task Macros_cannot_make_a_name_or_a_check_grow_without_bound()
    {
        var term = "exists:" + string.Concat(Enumerable.Repeat("%{S}", 99));
        _zone.Text("example.org", "v=spf1 " + string.Join(' ', Enumerable.Repeat(term, 10)) + " -all");
        var sender = new string('%', 64) + "@example.org";
        Assert.Equal("more than 2 lookups found no records", (await CheckAsync(sender, "192.0.2.2")).Problem);
        Assert.All(_zone.Queries, query => Assert.InRange(query.Length, 1, 260));
    }

    [Fact]
    public async Task An_explanation_is_printable_and_bounded()
    {
        _zone.Text("example.org", "v=spf1 -all exp=why.example.org")
            .Text("why.example.org", "%{l} from %{c} at %{r}, %{t}: see example.org");
        var outcome = await CheckAsync("a\r\n550 b\u00fc\u007f@example.org", "2001:db8::1");
        Assert.Equal("a??550 b??" + " from 2001:db8::1 at receiver.example, 1700000000: see example.org", outcome.Explanation);
        _zone.Text("long.example.org", "v=spf1 -all exp=long.why.test").Text("long.why.test", new string('x', 4000));
        Assert.Equal(new string('x', 400) + "...", (await CheckAsync("user@long.example.org", "192.0.2.2")).Explanation);
    }

    [Fact]
    public async Task Results_other_than_fail_have_no_explanation()
    {
        _zone.Text("example.org", "v=spf1 ~all exp=why.example.org").Text("why.example.org", "because");
        Assert.Null((await CheckAsync("user@example.org", "192.0.2.2")).Explanation);
        Assert.DoesNotContain("TXT why.example.org", _zone.Queries);
    }

    [Fact]
    public async Task A_check_ends_when_its_caller_gives_up()
    {
        _zone.Text("example.org", "v=spf1 a:silent.test -all").Silent("silent.test");
        using var patience = new CancellationTokenSource();
        var check = new SpfEvaluator(_zone).CheckAsync(
            Request("user@example.org", "192.0.2.2", "client.test"), DateTimeOffset.UnixEpoch, patience.Token).AsTask();
        Assert.False(check.IsCompleted);
        await patience.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => check);
    }

    private ValueTask<SpfOutcome> CheckAsync(string sender, string client, string helo = "client.test") =>
        new SpfEvaluator(_zone).CheckAsync(
        Request(sender, client, helo), DateTimeOffset.FromUnixTimeSeconds(1_700_000_000), CancellationToken.None);

    private static SpfRequest Request(string sender, string client, string helo) =>
        new(IPAddress.Parse(client), helo, sender, "receiver.example");
}
