using System.Buffers;
using System.Text;
using CsCheck;
using Postfleet.Authentication.Results;
using Postfleet.Authentication.Tests.Fixtures;
using Postfleet.Core.Mail;
using Xunit;

namespace Postfleet.Authentication.Tests.Results;

/// <summary>RFC 8601 section 5: fields that claim to be from this service are removed, however they are written.</summary>
public sealed class ForgedResultsTests
{
    private const string Service = "mx.example.org";

    public static readonly string[] Forged =
    [
        "Authentication-Results: mx.example.org; dkim=pass\r\n",
        "AUTHENTICATION-results:MX.Example.ORG;dkim=pass\r\n",
        "Authentication-Results: mx.example.org.; dkim=pass\r\n",
        "Authentication-Results: mx.example.org\r\n",
        "Authentication-Results: mx.example.org 1; dkim=pass\r\n",
        "Authentication-Results: mx.example.org 99; dkim=pass\r\n",
        "Authentication-Results: mx.example.org(c)1(c);dkim=pass\r\n",
        "Authentication-Results: (c)mx.example.org; dkim=pass\r\n",
        "Authentication-Results: (c (d) \\) (e)) (f) mx.example.org; dkim=pass\r\n",
        "Authentication-Results:\r\n\t(c\r\n\td)\r\n mx.example.org\r\n\t;\r\n dkim=pass\r\n",
        "Authentication-Results: \"mx.example.org\"; dkim=pass\r\n",
        "Authentication-Results: \"m\\x.example.org\"; dkim=pass\r\n",
        "Authentication-Results : mx.example.org; dkim=pass\r\n",
        "Authentication-Results\t\u0001\u0000: mx.example.org; dkim=pass\r\n",
        "Authentication-Results\r\n : mx.example.org; dkim=pass\r\n",
        "Authentication-Results: mx.example.org/1; dkim=pass\r\n",
        "Authentication-Results: mx.example.org, x; dkim=pass\r\n",
        "Authentication-Results: mx.example.org dkim=pass\r\n",
        "Authentication-Results: mx.example.org:25; dkim=pass\r\n",
        "Authentication-Results: \u0001mx.example.org; dkim=pass\r\n",
        "Authentication-Results: =?utf-8?q?mx.example.org?=; dkim=pass\r\n",
        "Authentication-Results: <mx.example.org>; dkim=pass\r\n",
        "Authentication-Results: \"x\"mx.example.org; dkim=pass\r\n",
        "Authentication-Results: ; dkim=pass\r\n",
        "Authentication-Results: (open mx.example.org; dkim=pass\r\n",
        "Authentication-Results:\r\n",
        "Authentication-Results\r\n",
        "Authentication-Results: (" + new string('c', 20_000) + ") mx.example.org; dkim=pass\r\n",
    ];

    public static readonly string[] Genuine =
    [
        "Authentication-Results: mx.example.net; dkim=pass\r\n",
        "Authentication-Results: (mx.example.org) other.example (mx.example.org); dkim=pass header.d=mx.example.org\r\n",
        "Authentication-Results: other.example 1; dkim=pass\r\n",
        "Authentication-Results: other.example; none\r\n",
        "Authentication-Results: \"other.example\";\r\n none\r\n",
        "Authentication-Results: mx.example.org.evil.example; dkim=pass\r\n",
        "Authentication-Results: other; " + new string('c', 20_000) + "\r\n",
        "ARC-Authentication-Results: i=1; mx.example.org; dkim=pass\r\n",
        "X-Authentication-Results: mx.example.org; dkim=pass\r\n",
        "Authentication-Results-Original: mx.example.org; dkim=pass\r\n",
        "Received: from x\r\n Authentication-Results: mx.example.org; dkim=pass\r\n",
        "From: joe@example.org\r\n",
        "nonsense\r\n",
    ];

    private const string Body = "\r\nAuthentication-Results: mx.example.org; dkim=pass\r\n";

    public static TheoryData<string> ForgedFields => [.. Forged];

    public static TheoryData<string> GenuineFields => [.. Genuine];

    [Theory]
    [MemberData(nameof(ForgedFields))]
    public void Forged_fields_are_removed(string field) => Assert.Equal(("A: b\r\nC: d\r\n", 1), Remove($"A: b\r\n{field}C: d\r\n{Body}"));

    [Theory]
    [MemberData(nameof(GenuineFields))]
    public void Other_fields_stay(string field) => Assert.Equal(($"A: b\r\n{field}", 0), Remove($"A: b\r\n{field}{Body}"));

    [Fact]
    public void Content_without_forged_fields_is_the_same_object()
    {
        var content = new MessageContent(TestMessages.Octets(TestMessages.Simple));
        Assert.Same(content, ForgedResults.Remove(content, Service, out _));
    }

    [Fact]
    public void Any_mixture_loses_the_forged_fields_alone() => Gen.Select(
        Gen.Int[0, Forged.Length + Genuine.Length - 2].Array[0, 12], Gen.Int[1, 40]).Sample((choices, length) =>
        {
            // The long field would make the test slow.
            var all = Forged[..^1].Concat(Genuine).ToArray();
            var text = string.Concat(choices.Select(choice => all[choice])) + Body;
            var expected = string.Concat(choices.Where(choice => choice >= Forged.Length - 1).Select(choice => all[choice]));
            Assert.Equal((expected, choices.Count(choice => choice < Forged.Length - 1)), Remove(text, length));
        }, iter: 500);

    [Fact]
    public void Names_in_unicode_are_compared_as_a_labels()
    {
        var content = new MessageContent(Encoding.UTF8.GetBytes("Authentication-Results: b\u00dccher.example; dkim=pass\r\n\r\n"));
        Assert.Equal(2, ForgedResults.Remove(content, "xn--bcher-kva.example", out var removed)!.Length);
        Assert.Equal(1, removed);
    }

    [Fact]
    public void Adjacent_fields_are_removed_in_any_number()
    {
        var text = string.Concat(Enumerable.Repeat(Forged[0], 200_000)) + "A: b\r\n\r\n";
        var content = new MessageContent(TestMessages.Split(TestMessages.Octets(text), 1024));
        Assert.Equal("A: b\r\n\r\n".Length, ForgedResults.Remove(content, Service, out var removed)!.Length);
        Assert.Equal(200_000, removed);
    }

    [Fact]
    public void Scattered_fields_over_the_limit_refuse_the_message()
    {
        var text = string.Concat(Enumerable.Repeat(Forged[0] + "A: b\r\n", ForgedResults.MaxPlaces + 1)) + "\r\n";
        Assert.Null(ForgedResults.Remove(new MessageContent(TestMessages.Octets(text)), Service, out _));
        Assert.NotNull(ForgedResults.Remove(new MessageContent(TestMessages.Octets(text[(Forged[0].Length + 6)..])), Service, out _));
    }

    private static (string Header, int Removed) Remove(string text, int length = int.MaxValue)
    {
        var octets = TestMessages.Octets(text);
        var content = new MessageContent(length > octets.Length ? new ReadOnlySequence<byte>(octets) : TestMessages.Split(octets, length));
        var result = Encoding.Latin1.GetString(ForgedResults.Remove(content, Service, out var removed)!.Octets.ToArray());
        Assert.EndsWith(Body, result, StringComparison.Ordinal);
        return (result[..^Body.Length], removed);
    }
}
