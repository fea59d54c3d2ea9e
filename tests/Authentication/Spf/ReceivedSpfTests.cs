using System.Net;
using Postfleet.Authentication.Spf;
using Xunit;

namespace Postfleet.Authentication.Tests.Spf;

/// <summary>RFC 7208 section 9.1.</summary>
public sealed class ReceivedSpfTests
{
    [Fact]
    public void A_pass_has_the_keys_of_the_rfc() => Assert.Equal(
        "Received-SPF: pass (mybox.example.org: domain of example.com designates 192.0.2.1 as permitted sender)\r\n" +
        "\treceiver=mybox.example.org;\r\n\tidentity=mailfrom;\r\n\tclient-ip=192.0.2.1;\r\n\tenvelope-from=\"myname@example.com\";\r\n" +
        "\thelo=foo.example.com;\r\n\tmechanism=\"ip4:192.0.2.0/24\"\r\n",
        ReceivedSpf.Write(
            new SpfOutcome(SpfResult.Pass, SpfIdentity.MailFrom, "example.com") { Mechanism = "ip4:192.0.2.0/24" },
            new SpfRequest(IPAddress.Parse("::ffff:192.0.2.1"), "foo.example.com", "myname@example.com", "mybox.example.org")));

    [Fact]
    public void An_error_has_its_cause_and_an_ipv6_address_is_quoted() => Assert.Equal(
        "Received-SPF: permerror (mybox.example.org: permanent error in the check of foo.example.com)\r\n" +
        "\treceiver=mybox.example.org;\r\n\tidentity=helo;\r\n\tclient-ip=\"2001:db8::1\";\r\n" +
        "\tenvelope-from=\"postmaster@foo.example.com\";\r\n\thelo=foo.example.com;\r\n\tproblem=\"foo.example.com: 'x' is wrong\"\r\n",
        ReceivedSpf.Write(
            new SpfOutcome(SpfResult.PermError, SpfIdentity.Helo, "foo.example.com") { Problem = "foo.example.com: 'x' is wrong" },
            new SpfRequest(IPAddress.Parse("2001:db8::1"), "foo.example.com", "", "mybox.example.org")));

    [Theory]
    [InlineData(SpfResult.None, "none")]
    [InlineData(SpfResult.Neutral, "neutral")]
    [InlineData(SpfResult.Fail, "fail")]
    [InlineData(SpfResult.SoftFail, "softfail")]
    [InlineData(SpfResult.TempError, "temperror")]
    public void Each_result_has_its_word(SpfResult result, string word) => Assert.StartsWith(
        $"Received-SPF: {word} (h.example: ", Write(result, "client", "u@example.com"), StringComparison.Ordinal);

    [Theory]
    [InlineData("a\r\nSubject: forged")]
    [InlineData("a) b (c \\) \"d\" ; e=f")]
    [InlineData("\u00fc\u0000\u007f")]
    [InlineData("")]
    public void Text_of_clients_cannot_break_the_field(string text)
    {
        var field = Write(SpfResult.Fail, text, $"{text}@example.com", text);
        Assert.All(field[..^2].Split("\r\n").Skip(1), line => Assert.StartsWith("\t", line, StringComparison.Ordinal));
        Assert.All(field.Replace("\r\n\t", "", StringComparison.Ordinal)[..^2], c => Assert.InRange(c, ' ', '~'));
        var comment = field[..field.IndexOf("\r\n", StringComparison.Ordinal)];
        Assert.Equal((1, 1), (comment.Count(c => c == '('), comment.Count(c => c == ')')));
        Assert.DoesNotContain('\\', comment);
    }

    [Fact]
    public void Lines_are_bounded()
    {
        var field = Write(SpfResult.Fail, new string('\\', 5000), new string('"', 5000), new string('(', 5000));
        Assert.All(field.Split("\r\n"), line => Assert.InRange(line.Length, 0, 998));
    }

    private static string Write(SpfResult result, string helo, string sender, string domain = "example.com") => ReceivedSpf.Write(
        new SpfOutcome(result, SpfIdentity.MailFrom, domain), new SpfRequest(IPAddress.Loopback, helo, sender, "h.example"));
}
