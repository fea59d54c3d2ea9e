using Postfleet.Authentication.Dmarc;
using Postfleet.Testing;
using Xunit;

namespace Postfleet.Authentication.Tests.Dmarc;

/// <summary>RFC 9989 section 4.10.</summary>
public sealed class DmarcTreeWalkTests
{
    private readonly ZoneDns _zone = new();

    [Fact]
    public async Task A_long_domain_is_looked_up_as_in_the_example_of_the_rfc()
    {
        await WalkAsync("a.b.c.d.e.f.g.h.i.j.mail.example.com");
        Assert.Equal(
            ["a.b.c.d.e.f.g.h.i.j.mail.example.com", "g.h.i.j.mail.example.com", "h.i.j.mail.example.com", "i.j.mail.example.com",
                "j.mail.example.com", "mail.example.com", "example.com", "com"],
            Names());
    }

    [Theory]
    [InlineData("com", 1)]
    [InlineData("a.example.com", 3)]
    [InlineData("a.b.c.d.e.example.com", 7)]
    [InlineData("a.b.c.d.e.f.example.com", 8)]
    [InlineData("a.b.c.d.e.f.g.example.com", 8)]
    [InlineData("a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.example.com", 8)]
    public async Task A_walk_has_at_most_eight_lookups(string start, int lookups)
    {
        await WalkAsync(start);
        Assert.Equal(lookups, _zone.Queries.Count);
    }

    [Theory]
    [InlineData("y", "example.com", 2)]
    [InlineData("n", "com", 2)]
    [InlineData("u", "com", 3)]
    [InlineData("x", "com", 3)]
    public async Task A_walk_ends_at_a_record_with_psd(string flag, string other, int lookups)
    {
        _zone.Text("_dmarc.example.com", $"v=DMARC1; p=none; psd={flag}").Text($"_dmarc.{other}", "v=DMARC2");
        await WalkAsync("mail.example.com");
        Assert.Equal(lookups, _zone.Queries.Count);
    }

    /// <summary>The examples at the end of section 4.10.2.</summary>
    [Theory]
    [InlineData("a.mail.example.com", "example.com", "mail.example.com: p=none", "example.com: p=none")]
    [InlineData("a.mail.example.com", "mail.example.com", "mail.example.com: p=none; psd=n", "example.com: p=none")]
    [InlineData("a.mail.example.com", "example.com", "com: p=none; psd=y")]
    [InlineData("mail.example.com", "mail.example.com", "example.com: p=none; psd=y")]
    [InlineData("a.mail.example.com", "a.mail.example.com")]
    [InlineData("a.mail.example.com", "com", "com: p=none", "example.com: p=none")]
    [InlineData("example.com", "example.com", "example.com: p=none; psd=y", "com: p=none")]
    [InlineData("example.com", "example.com", "example.com: p=none; psd=n", "com: p=none")]
    [InlineData("a.b.c.d.e.f.g.h.example.com", "d.e.f.g.h.example.com", "e.f.g.h.example.com: p=none; psd=y")]
    public async Task The_organizational_domain_is_selected_by_the_rules(string start, string expected, params string[] records)
    {
        foreach (var record in records.Select(record => record.Split(": "))) _zone.Text($"_dmarc.{record[0]}", $"v=DMARC1; {record[1]}");
        Assert.Equal(expected, (await WalkAsync(start)).OrganizationalDomain);
    }

    [Fact]
    public async Task A_failed_lookup_ends_the_walk()
    {
        _zone.Failing("_dmarc.example.com");
        Assert.Equal("example.com", (await WalkAsync("a.example.com")).FailedName);
        Assert.Equal(["a.example.com", "example.com"], Names());
    }

    [Fact]
    public async Task Each_name_is_looked_up_once_for_a_message()
    {
        _zone.Text("_dmarc.example.com", "v=DMARC1; p=reject");
        var each = new DmarcCase(
            "4.10.2", "many identifiers", "example.com: v=DMARC1; p=reject",
            "from=example.com " + string.Join(' ', Enumerable.Range(0, 30).Select(i => $"dkim=d{i}.x.other.com")), "fail reject");
        await each.EvaluateAsync();
        Assert.Equal(each.Queries.Count, each.Queries.Distinct().Count());
        // Two for the author domain, ten signatures, and the parents x.other.com and other.com.
        Assert.Equal(2 + 10 + 2, each.Queries.Count);
    }

    [Fact]
    public async Task Equal_domains_need_one_lookup()
    {
        var each = new DmarcCase(
            "4.10.2", "equal", "example.com: v=DMARC1; p=reject", "from=example.com spf=example.com dkim=example.com", "pass none");
        await each.EvaluateAsync();
        Assert.Equal(["TXT _dmarc.example.com"], each.Queries);
    }

    [Fact]
    public async Task Domains_of_other_top_level_domains_need_no_lookup()
    {
        var each = new DmarcCase(
            "4.10.2", "other", "example.com: v=DMARC1; p=reject", "from=example.com spf=a.b.c.example.org", "fail reject");
        await each.EvaluateAsync();
        Assert.Equal(["TXT _dmarc.example.com"], each.Queries);
    }

    private ValueTask<DmarcTree> WalkAsync(string start) => new DmarcTreeWalk(_zone).WalkAsync(start, CancellationToken.None);

    private IEnumerable<string> Names() => _zone.Queries.Select(query => query.Replace("TXT _dmarc.", "", StringComparison.Ordinal));
}
