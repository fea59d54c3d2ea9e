using System.Net;
using System.Text;
using CsCheck;
using Postfleet.Authentication.Arc;
using Postfleet.Authentication.Dkim;
using Postfleet.Authentication.Results;
using Postfleet.Authentication.Tests.Fixtures;
using Xunit;
using OwnResults = Postfleet.Authentication.Results.AuthenticationResults;

namespace Postfleet.Authentication.Tests.Results;

/// <summary>Authentication-Results fields (RFC 8601), read here and by MimeKit.</summary>
public sealed class AuthenticationResultsTests
{
    private static readonly Gen<string> Text = Gen.OneOf(
        Gen.String[0, 30], Gen.OneOf(
            "joe@example.org", "\"", "\\", "(", ")", "a;b", "a=b", "x\r\nFrom: eve@example.net", "\0", "caf\u00e9", "@", "@example.org",
            "=?utf-8?q?x?=",
            "SRS0=ab/c=d=e@example.org", "joe@[192.0.2.1]", " ", "a b", "pass; dkim=pass", "))((", "\"q\"@example.org"),
        Gen.Char['a', 'z'].Select(c => new string(c, 2_000)));

    [Fact]
    public void Results_of_all_methods_are_written()
    {
        var field = AuthenticationResultsWriter.Write("mx.example.org",
        [
            MethodResults.Spf("pass", "joe@example.org", null),
            (new DkimResult(DkimStatus.Pass, "")
            {
                Domain = TestMessages.Domain, Selector = "sel", Identity = "@example.org", Algorithm = "rsa-sha256", KeyBits = 2048,
                SignatureStart = "ab/c+d=e",
            }).ToMethodResult(),
            (new DkimResult(DkimStatus.Fail, "body hash wrong")
            {
                Domain = TestMessages.Domain, Algorithm = "ed25519-sha256", KeyBits = 256, IsTesting = true, HasUnsignedBody = true,
            }).ToMethodResult(),
            new DkimResult(DkimStatus.TempError, "key could not be fetched").ToMethodResult(),
            new DkimResult(DkimStatus.PermError, "no key").ToMethodResult(),
            MethodResults.Dmarc("pass", "example.org", "p=reject"),
            (new ArcResult(ArcStatus.Pass, "") { Sets = [new ArcSet(1, TestMessages.Domain, null)] }).ToMethodResult(),
            new ArcResult(ArcStatus.Fail, "set 2 incomplete").ToMethodResult(),
            MethodResults.Auth("joe@example.org"),
            MethodResults.ReverseName("pass", IPAddress.Parse("2001:db8::1"), "client.example.org"),
        ]);
        Assert.Equal(
            "Authentication-Results: mx.example.org;\r\n"
            + " spf=pass smtp.mailfrom=joe@example.org;\r\n"
            + " dkim=pass (2048-bit key) header.d=example.org header.i=@example.org\r\n"
            + " header.s=sel header.a=rsa-sha256 header.b=\"ab/c+d=e\";\r\n"
            + " dkim=fail (256-bit key, testing, end of the body not signed) reason=\"body hash\r\n"
            + " wrong\" header.d=example.org header.a=ed25519-sha256;\r\n"
            + " dkim=temperror reason=\"key could not be fetched\";\r\n"
            + " dkim=permerror reason=\"no key\";\r\n"
            + " dmarc=pass (p=reject) header.from=example.org;\r\n"
            + " arc=pass (i=1 d=example.org);\r\n"
            + " arc=fail reason=\"set 2 incomplete\";\r\n"
            + " auth=pass smtp.auth=joe@example.org;\r\n"
            + " iprev=pass (client.example.org) policy.iprev=\"2001:db8::1\"\r\n",
            field);
        Assert.True(OwnResults.TryParse(field[(field.IndexOf(':', StringComparison.Ordinal) + 1)..], out var own));
        Assert.Equal("spf=pass dkim=pass dkim=fail dkim=temperror dkim=permerror dmarc=pass arc=pass arc=fail auth=pass iprev=pass",
            string.Join(' ', own.Results.Select(result => $"{result.Method}={result.Result}")));
        var other = Parse(field);
        Assert.Equal(own.Results.Select(result => result.Result), other.Results.Select(result => result.Result));
        Assert.Equal("body hash wrong", other.Results[2].Reason);
        Assert.Equal("ab/c+d=e", other.Results[1].Properties[^1].Value);
    }

    [Fact]
    public void Field_without_results_says_none()
    {
        var field = AuthenticationResultsWriter.Write("mx.example.org", []);
        Assert.Equal("Authentication-Results: mx.example.org; none\r\n", field);
        Assert.Empty(Parse(field).Results);
        Assert.True(OwnResults.TryParse(" mx.example.org; none", out var own));
        Assert.Empty(own.Results);
    }

    [Fact]
    public void Any_texts_are_written_so_that_both_readers_see_them() => Gen.Select(Text, Text, Text, Text, Gen.Int[0, 4]).Sample(
        (comment, reason, value, service, count) =>
        {
            var result = new MethodResult("dkim", "pass") { Comment = comment, Reason = reason, Properties = [new("header", "d", value)] };
            var field = AuthenticationResultsWriter.Write(service, Enumerable.Repeat(result, count));
            Assert.True(Ascii.IsValid(field));
            Assert.EndsWith("\r\n", field, StringComparison.Ordinal);
            var lines = field[..^2].Split("\r\n");
            Assert.All(lines, line => Assert.InRange(line.Length, 1, 998));
            Assert.All(lines.Skip(1), line => Assert.StartsWith(" ", line, StringComparison.Ordinal));
            Assert.DoesNotContain(lines, line => line.AsSpan().IndexOfAnyInRange('\0', '\x1f') >= 0);
            var payload = field[(AuthenticationResultsWriter.FieldName.Length + 1)..].Replace("\r\n", "", StringComparison.Ordinal);
            // A service without a name is no configuration.
            if (service.Trim().Length == 0 || service[0] < ' ') return;
            Assert.True(OwnResults.TryParse(payload, out var own), field);
            Assert.Equal(count, own.Results.Length);
            var expected = Shorten(value);
            Assert.All(own.Results, read => Assert.Equal(
                ("dkim", "pass", Collapse(Shorten(reason)), Collapse(expected)),
                (read.Method, read.Result, Collapse(read.Reason), Collapse(read.Properties.Single().Value))));
        }, iter: 5_000);

    [Fact]
    public void Many_results_stay_within_the_limit()
    {
        var result = new MethodResult("dkim", "pass")
        {
            Reason = new string('"', 5_000),
            Properties = [.. Enumerable.Repeat(new MethodProperty("header", "d", new string('a', 5_000)), 50)],
        };
        var field = AuthenticationResultsWriter.Write("mx.example.org", Enumerable.Repeat(result, 1_000));
        Assert.InRange(field.Length, 1_000, AuthenticationResultsWriter.MaxField + 64);
        Assert.True(OwnResults.TryParse(field[23..], out var own));
        Assert.NotEmpty(own.Results);
    }

    [Theory]
    [InlineData("mx.example.org; none", "mx.example.org")]
    [InlineData("mx.example.org 1; none", "mx.example.org")]
    [InlineData(" (a (b) \\) ; c)\"mx.example.org\" (x) 1 (y) ; spf (z) = (z) pass (z) smtp (z) . (z) mailfrom (z) = (z) a@b.example (z) ;",
        "mx.example.org spf=pass smtp.mailfrom=a@b.example")]
    [InlineData("x; dkim/1=PASS reason=\"a;b\\\"c\" Header.D=\"q ; r\"", "x dkim=pass 'a;b\"c' header.d=q ; r")]
    [InlineData("x; dmarc=fail; auth=pass smtp.auth=\"j ; o\"@example.org", "x dmarc=fail auth=pass smtp.auth=j ; o@example.org")]
    public void Fields_of_the_grammar_are_read(string value, string expected)
    {
        Assert.True(OwnResults.TryParse(value, out var own));
        Assert.Equal(expected, string.Concat(own.Service, string.Concat(own.Results.Select(result => $" {result.Method}={result.Result}"
            + (result.Reason.Length > 0 ? $" '{result.Reason}'" : "")
            + string.Concat(result.Properties.Select(property => $" {property.Type}.{property.Name}={property.Value}"))))));
    }

    [Theory]
    [InlineData("")]
    [InlineData("(only a comment)")]
    [InlineData("; spf=pass")]
    [InlineData("x 2; spf=pass")]
    [InlineData("x y; spf=pass")]
    [InlineData("x; spf")]
    [InlineData("x; spf=")]
    [InlineData("x; =pass")]
    [InlineData("x; dkim/2=pass")]
    [InlineData("x; spf=pass junk")]
    [InlineData("x; spf=pass smtp.mailfrom")]
    [InlineData("x; none=pass=fail")]
    public void Fields_outside_of_the_grammar_are_refused(string value) => Assert.False(OwnResults.TryParse(value, out _));

    [Theory]
    [InlineData("i=1; x; none", 1)]
    [InlineData(" (c) i (c) = (c) 12 (c) ; x; none", 12)]
    [InlineData("x; i=1", 0)]
    [InlineData("i=0; x; none", 0)]
    [InlineData("i=1 x; none", 0)]
    [InlineData("i=99999999999; x; none", 0)]
    public void Instance_precedes_the_service(string value, int instance)
    {
        Assert.Equal(instance > 0, OwnResults.TryParseArc(value, out var own));
        if (own is not null) Assert.Equal((instance, "x"), (own.Instance, own.Service));
    }

    [Fact]
    public void Reader_is_bounded()
    {
        Assert.False(OwnResults.TryParse("x; " + new string('a', OwnResults.MaxLength), out _));
        Assert.False(OwnResults.TryParse("x" + string.Concat(Enumerable.Repeat("; a=b", OwnResults.MaxResults + 1)), out _));
    }

    private static MimeKit.Cryptography.AuthenticationResults Parse(string field)
    {
        var value = Encoding.ASCII.GetBytes(field[(AuthenticationResultsWriter.FieldName.Length + 1)..]);
        Assert.True(MimeKit.Cryptography.AuthenticationResults.TryParse(value, out var results), field);
        return results;
    }

    private static string Shorten(string text) => string.Concat(text.Take(AuthenticationResultsWriter.MaxText)
        .Select(c => c is >= ' ' and <= '~' ? c : c < ' ' ? ' ' : '?'));

    private static string Collapse(string text) => string.Join(' ', text.Split(' ', StringSplitOptions.RemoveEmptyEntries));
}
