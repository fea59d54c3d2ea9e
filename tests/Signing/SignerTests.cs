using System.Text;
using CsCheck;
using Postfleet.Signing.Messages;
using Postfleet.Signing.Options;
using Postfleet.Signing.Tests.Fixtures;
using Postfleet.Testing;
using Xunit;
using static Postfleet.Signing.Tests.Fixtures.SignerBench;
using MessageContent = Postfleet.Core.Mail.MessageContent;

namespace Postfleet.Signing.Tests;

/// <summary>Which keys sign a message, and that the signatures verify.</summary>
public sealed class SignerTests : IDisposable
{
    private readonly SignerBench _bench = new();

    public void Dispose() => _bench.Dispose();

    [Fact]
    public async Task Each_key_of_the_authors_domain_signs()
    {
        using var signer = _bench.Signer(
            [_bench.Key("example.org", "rsa", rsa: true), _bench.Key("example.org", "ed"), _bench.Key("other.example", "s")]);
        var signed = signer.Sign(Mail("From: Joe <joe@Example.ORG>"), "default").Content;
        Assert.Equal(["pass example.org rsa", "pass example.org ed"], await _bench.ResultsAsync(signed));
        // The asynchronous way gives the same.
        Assert.Equal(
            await _bench.ResultsAsync(signed),
            await _bench.ResultsAsync((await signer.SignAsync(Mail("From: joe@example.org"), "default", default)).Content));
    }

    [Fact]
    public async Task A_key_of_the_stream_takes_the_place_of_the_key_for_all_streams()
    {
        using var signer = _bench.Signer([_bench.Key("example.org", "all"), _bench.Key("example.org", "news", stream: "bulk")]);
        var mail = Mail("From: joe@example.org");
        Assert.Equal(["pass example.org all"], await _bench.ResultsAsync(signer.Sign(mail, "default").Content));
        Assert.Equal(["pass example.org news"], await _bench.ResultsAsync(signer.Sign(mail, "bulk").Content));
    }

    [Theory]
    [InlineData("From: joe@elsewhere.example")]
    [InlineData("From: joe@sub.example.org")]
    [InlineData("From: joe@example.org\r\nFrom: ann@example.org")]
    [InlineData("From: <joe@example.org> <ann@elsewhere.example>")]
    [InlineData("Subject: none")]
    public async Task Mail_of_others_and_mail_with_an_unclear_author_stays_as_it_is(string header)
    {
        using var signer = _bench.Signer([_bench.Key("example.org", "s")]);
        var content = Mail(header);
        Assert.Same(content, signer.Sign(content, "default").Content);
        Assert.Same(content, (await signer.SignAsync(content, "default", default)).Content);
    }

    [Theory]
    [InlineData("Subject: another")]
    [InlineData("To: ann@elsewhere.example")]
    [InlineData("List-Unsubscribe: <https://elsewhere.example/>")]
    [InlineData("List-Unsubscribe-Post: List-Unsubscribe=One-Click")]
    [InlineData("Content-Type: text/html")]
    [InlineData("From: ann@elsewhere.example")]
    public async Task A_field_that_is_added_later_breaks_the_signature(string added)
    {
        using var signer = _bench.Signer([_bench.Key("example.org", "s")]);
        var signed = signer.Sign(Mail("From: joe@example.org\r\nSubject: first"), "default").Content;
        Assert.Equal(["pass example.org s"], await _bench.ResultsAsync(signed));
        var changed = new MessageContent(Encoding.ASCII.GetBytes(added + "\r\n").Concat(signed.ToMemory().ToArray()).ToArray());
        Assert.Equal(["fail example.org s"], await _bench.ResultsAsync(changed));
    }

    [Fact]
    public void Signatures_of_random_messages_verify()
    {
        using var signer = _bench.Signer([_bench.Key("example.org", "s")]);
        Gen.String[Gen.Char["aZ \t:;=.\r\n"], 0, 300].Sample(
            text =>
            {
                var body = text.Replace("\r", "", StringComparison.Ordinal).Replace("\n", "\r\n", StringComparison.Ordinal);
                var signed = signer.Sign(Mail("From: joe@example.org\r\nSubject:  a  b", body + "\r\n"), "default").Content;
                Assert.Equal("pass example.org s", Assert.Single(_bench.ResultsAsync(signed).GetAwaiter().GetResult()));
            },
            iter: 200, threads: 1);
    }

    [Fact]
    public async Task Header_with_many_fields_of_a_name_gets_a_short_signature()
    {
        using var signer = _bench.Signer([_bench.Key("example.org", "s")]);
        var many = string.Concat(Enumerable.Repeat("\r\nTo: ann@example.net", 3_000));
        var content = Mail("From: joe@example.org" + many);
        var signed = signer.Sign(content, "default").Content;
        Assert.InRange(signed.Length - content.Length, 100, 2_000);
        Assert.Equal(["pass example.org s"], await _bench.ResultsAsync(signed));
    }

    [Fact]
    public async Task Many_at_a_time_are_all_signed()
    {
        using var signer = _bench.Signer([_bench.Key("example.org", "s", rsa: true)]);
        var signed = await Task.WhenAll(Enumerable.Range(0, 100).Select(i =>
            signer.SignAsync(Mail($"From: joe@example.org\r\nSubject: {i}"), "default", default).AsTask()));
        foreach (var one in signed) Assert.Equal(["pass example.org s"], await _bench.ResultsAsync(one.Content));
    }

    [Fact]
    public async Task A_signature_says_when_it_was_made_and_how_long_it_is_valid_by_option()
    {
        var key = _bench.Key("example.org", "s");
        using var plain = _bench.Signer([key]);
        using var bounded = _bench.Signer([key with { Validity = TimeSpan.FromDays(7) }]);
        using var timeless = _bench.Signer([key with { HasTime = false }]);
        var (time, end) = (Now.ToUnixTimeSeconds(), Now.AddDays(7).ToUnixTimeSeconds());
        var mail = Mail("From: joe@example.org");
        Assert.Equal($"t={time}", TimesOf(plain.Sign(mail, "default").Content));
        Assert.Equal($"t={time} x={end}", TimesOf(bounded.Sign(mail, "default").Content));
        Assert.Equal("", TimesOf(timeless.Sign(mail, "default").Content));
        foreach (var signer in (MessageSigner[])[plain, timeless])
            Assert.Equal(["pass example.org s"], await _bench.ResultsAsync(signer.Sign(mail, "default").Content, Now.AddYears(9)));
        var ends = bounded.Sign(mail, "default").Content;
        Assert.Equal(["pass example.org s"], await _bench.ResultsAsync(ends, Now.AddDays(7).AddSeconds(-1)));
        Assert.Equal(["fail example.org s"], await _bench.ResultsAsync(ends, Now.AddDays(7).AddHours(1)));
    }

    [Fact]
    public async Task Keys_of_the_configuration_have_its_times()
    {
        using var folder = new TempFolder();
        await File.WriteAllTextAsync(folder["key"], Convert.ToBase64String(new byte[32]));
        var entry = new DkimKeyOptions { Domain = "a.example", Selector = "s", Key = folder["key"] };
        using var keys = SigningKeys.Read(new SigningSections
        {
            Dkim = [entry, entry with { Domain = "b.example", Validity = TimeSpan.FromDays(7) },
                entry with { Domain = "c.example", Timestamp = false }],
        });
        Assert.Equal(
            ["True ", "True 7.00:00:00", "False "],
            new[] { "a", "b", "c" }.Select(name => keys.Find(DomainOf($"{name}.example"), "x")[0])
                .Select(key => $"{key.HasTime} {key.Validity}"));
    }

    private static string TimesOf(MessageContent content)
    {
        var text = Encoding.ASCII.GetString(content.ToMemory().Span);
        var tags = text[..text.IndexOf("From: joe", StringComparison.Ordinal)].Split(';').Select(tag => tag.Trim());
        return string.Join(" ", tags.Where(tag => tag is ['t' or 'x', '=', ..]));
    }
}
