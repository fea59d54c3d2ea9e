using CsCheck;
using Postfleet.Delivery.Security;
using Xunit;

namespace Postfleet.Delivery.Tests.Security;

/// <summary>Records and policies of MTA-STS by the text of RFC 8461, and texts that attack the reader.</summary>
public sealed class StsParserTests
{
    private const string Example =
        "version: STSv1\r\nmode: enforce\r\nmx: mail.example.com\r\nmx: *.example.net\r\nmx: backupmx.example.com\r\nmax_age: 604800\r\n";

    [Theory]
    [InlineData("20160831085700Z", "v=STSv1; id=20160831085700Z;")]
    [InlineData("1", "v=STSv1;id=1")]
    [InlineData("1", "v=STSv1 ; future=x; id=1 ; more=y;")]
    [InlineData("1", "v=STSv1; id=1;", "v=spf1 -all", "v=STSv1x; id=2;", "v=STSv10; id=3")]
    [InlineData(null, "v=STSv1; id=1;", "v=STSv1; id=1;")]
    [InlineData(null, "v=STSv1;")]
    [InlineData(null, "v=STSv1; id=")]
    [InlineData(null, "v=STSv1; id=1; id=2;")]
    [InlineData(null, "v=STSv1; id=a-b;")]
    [InlineData(null, "v=STSv1; id=\u00e4;")]
    [InlineData(null, "v=STSv1; ID=1;")]
    [InlineData(null, "v=STSv1; id=123456789012345678901234567890123;")]
    [InlineData(null, "v=stsv1; id=1;")]
    [InlineData(null, " v=STSv1; id=1;")]
    [InlineData(null, "v=STSv1 id=1")]
    [InlineData(null)]
    public void A_record_has_an_id(string? id, params string[] texts) => Assert.Equal(id, StsRecord.FindId(texts));

    [Fact]
    public void The_example_of_the_standard_is_read()
    {
        var policy = Read(Example);
        Assert.Equal(StsMode.Enforce, policy.Mode);
        Assert.Equal(TimeSpan.FromSeconds(604800), policy.MaxAge);
        Assert.Equal(["mail.example.com", "*.example.net", "backupmx.example.com"], policy.Patterns.ToArray());
        Assert.Equal(policy.Write(), Read(policy.Write()).Write());
    }

    [Theory]
    [InlineData("mail.example.com", true)]
    [InlineData("MAIL.Example.Com.", true)]
    [InlineData("a.example.net", true)]
    [InlineData("example.net", false)]
    [InlineData("a.b.example.net", false)]
    [InlineData("a.example.net.evil.test", false)]
    [InlineData("evilexample.net", false)]
    [InlineData("*.example.net", false)]
    [InlineData("mail.example.org", false)]
    [InlineData("192.0.2.1", false)]
    [InlineData("[192.0.2.1]", false)]
    [InlineData("", false)]
    public void A_host_matches_a_pattern(string host, bool isAllowed) => Assert.Equal(isAllowed, Read(Example).Allows(host));

    /// <summary>Policies name hosts in either form, and so may MX records.</summary>
    [Theory]
    [InlineData("m\u00fcnchen.example")]
    [InlineData("xn--mnchen-3ya.example")]
    public void Names_in_Unicode_are_the_same_as_their_A_labels(string pattern)
    {
        var policy = Read($"version: STSv1\nmode: enforce\nmx: {pattern}\nmx: *.{pattern}\nmax_age: 1\n");
        foreach (var host in (string[])["m\u00fcnchen.example", "xn--mnchen-3ya.example", "a.xn--mnchen-3ya.example"])
            Assert.True(policy.Allows(host));
    }

    [Theory]
    [InlineData("mode: testing\nversion: STSv1\nmax_age: 1\nmx: a\n")]
    [InlineData("version: STSv1\nmode: testing\nmx: a\nmax_age: 1")]
    [InlineData("version:STSv1 \nmode:\ttesting\nmx:a\nmax_age:1\n\n")]
    [InlineData("version: STSv1\nversion: STSv2\nmode: testing\nmode: enforce\nmx: a\nmax_age: 1\nmax_age: 2\nlater: more: of it\n")]
    [InlineData("version: STSv1\nmode: testing\nmx: a\nmx: A\nmax_age: 1\n")]
    public void Order_spaces_repetitions_and_extensions_are_tolerated(string text) =>
        Assert.Equal("version: STSv1\nmode: testing\nmx: a\nmax_age: 1\n", Read(text).Write());

    [Theory]
    [InlineData("")]
    [InlineData("version: STSv1\nmode: enforce\nmax_age: 1\n")]
    [InlineData("version: STSv1\nmode: enforce\nmx: a\n")]
    [InlineData("mode: enforce\nmx: a\nmax_age: 1\n")]
    [InlineData("version: STSv2\nmode: enforce\nmx: a\nmax_age: 1\n")]
    [InlineData("version: STSv1\nmode: Enforce\nmx: a\nmax_age: 1\n")]
    [InlineData("version: STSv1\nmode: report\nmx: a\nmax_age: 1\n")]
    [InlineData("version: STSv1\nmode: enforce\nmx: a\nmax_age: -1\n")]
    [InlineData("version: STSv1\nmode: enforce\nmx: a\nmax_age: 1.5\n")]
    [InlineData("version: STSv1\nmode: enforce\nmx: a\nmax_age: 12345678901\n")]
    [InlineData("version: STSv1\nmode: enforce\nmx: *\nmax_age: 1\n")]
    [InlineData("version: STSv1\nmode: enforce\nmx: a.*.b\nmax_age: 1\n")]
    [InlineData("version: STSv1\nmode: enforce\nmx: *.*.b\nmax_age: 1\n")]
    [InlineData("version: STSv1\nmode: enforce\nmx: .example.com\nmax_age: 1\n")]
    [InlineData("version: STSv1\nmode: enforce\nmx: [192.0.2.1]\nmax_age: 1\n")]
    [InlineData("version: STSv1\nmode: enforce\nmx: a, b\nmax_age: 1\n")]
    [InlineData("<html><body>Not found</body></html>")]
    public void Other_texts_are_no_policies(string text)
    {
        Assert.False(StsPolicyParser.TryParse(text, out _, out var problem));
        Assert.NotEmpty(problem);
    }

    [Fact]
    public void A_policy_that_ends_the_policy_needs_no_host() =>
        Assert.Equal(StsMode.None, Read("version: STSv1\nmode: none\nmax_age: 86400\n").Mode);

    [Fact]
    public void A_policy_is_kept_for_a_year_at_most() =>
        Assert.Equal(StsPolicyParser.MaxMaxAge, Read("version: STSv1\nmode: none\nmax_age: 9999999999\n").MaxAge);

    [Fact]
    public void The_size_and_the_number_of_patterns_are_bounded()
    {
        var lines = string.Concat(Enumerable.Range(0, StsPolicyParser.MaxPatterns).Select(i => $"mx: {i}.a.test\n"));
        const string Rest = "version: STSv1\nmode: enforce\nmax_age: 1\n";
        Assert.Equal(StsPolicyParser.MaxPatterns, Read(Rest + lines).Patterns.Length);
        Assert.False(StsPolicyParser.TryParse(Rest + lines + "mx: more.test\n", out _, out _));
        Assert.False(StsPolicyParser.TryParse(Rest + "mx: a\n" + new string('\n', StsPolicyParser.MaxText), out _, out _));
    }

    [Fact]
    public void What_is_stored_is_what_was_read() => Gen.Select(
        Gen.Enum<StsMode>(), Gen.Int[0, 31_557_600],
        Gen.Int[0, 9].Array[1, 4]).Sample((mode, age, patterns) =>
        {
            var names = patterns.Distinct().Select(n => n % 2 == 0 ? $"mx{n}" : $"*.{n}.test");
            var policy = new StsPolicy(mode, TimeSpan.FromSeconds(age), [.. names]);
            Assert.Equal(policy.Write(), Read(policy.Write()).Write());
        });

    private static StsPolicy Read(string text)
    {
        Assert.True(StsPolicyParser.TryParse(text, out var policy, out var problem), problem);
        return policy;
    }
}
