using System.Security.Cryptography;
using System.Text;
using CsCheck;
using Microsoft.Extensions.Time.Testing;
using Postfleet.Authentication.Dkim;
using Postfleet.Authentication.Messages;
using Postfleet.Core.Mail;
using Postfleet.Testing;
using Xunit;
using MessageContent = Postfleet.Core.Mail.MessageContent;

namespace Postfleet.Signing.Tests;

/// <summary>Which keys sign a message, and that the signatures verify.</summary>
public sealed class SignerTests : IDisposable
{
    private static readonly DateTimeOffset Now = new(2026, 11, 30, 12, 0, 0, TimeSpan.Zero);

    private readonly ZoneDns _dns = new();
    private readonly FakeTimeProvider _time = new(Now);
    private readonly List<DkimPrivateKey> _made = [];

    public void Dispose() => _made.ForEach(key => key.Dispose());

    [Fact]
    public async Task Each_key_of_the_authors_domain_signs()
    {
        using var signer = Signer(Key("example.org", "rsa", rsa: true), Key("example.org", "ed"), Key("other.example", "s"));
        var signed = signer.Sign(Mail("From: Joe <joe@Example.ORG>"), "default");
        Assert.Equal(["pass example.org rsa", "pass example.org ed"], await ResultsAsync(signed));
        // The asynchronous way gives the same.
        Assert.Equal(
            await ResultsAsync(signed), await ResultsAsync(await signer.SignAsync(Mail("From: joe@example.org"), "default", default)));
    }

    [Fact]
    public async Task A_key_of_the_stream_takes_the_place_of_the_key_for_all_streams()
    {
        using var signer = Signer(Key("example.org", "all"), Key("example.org", "news", stream: "bulk"));
        Assert.Equal(["pass example.org all"], await ResultsAsync(signer.Sign(Mail("From: joe@example.org"), "default")));
        Assert.Equal(["pass example.org news"], await ResultsAsync(signer.Sign(Mail("From: joe@example.org"), "bulk")));
    }

    [Theory]
    [InlineData("From: joe@elsewhere.example")]
    [InlineData("From: joe@sub.example.org")]
    [InlineData("From: joe@example.org\r\nFrom: ann@example.org")]
    [InlineData("From: <joe@example.org> <ann@elsewhere.example>")]
    [InlineData("Subject: none")]
    public async Task Mail_of_others_and_mail_with_an_unclear_author_stays_as_it_is(string header)
    {
        using var signer = Signer(Key("example.org", "s"));
        var content = Mail(header);
        Assert.Same(content, signer.Sign(content, "default"));
        Assert.Same(content, await signer.SignAsync(content, "default", default));
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
        using var signer = Signer(Key("example.org", "s"));
        var signed = signer.Sign(Mail("From: joe@example.org\r\nSubject: first"), "default");
        Assert.Equal(["pass example.org s"], await ResultsAsync(signed));
        var changed = new MessageContent(Encoding.ASCII.GetBytes(added + "\r\n").Concat(signed.ToMemory().ToArray()).ToArray());
        Assert.Equal(["fail example.org s"], await ResultsAsync(changed));
    }

    [Fact]
    public void Signatures_of_random_messages_verify()
    {
        using var signer = Signer(Key("example.org", "s"));
        Gen.String[Gen.Char["aZ \t:;=.\r\n"], 0, 300].Sample(
            text =>
            {
                var body = text.Replace("\r", "", StringComparison.Ordinal).Replace("\n", "\r\n", StringComparison.Ordinal);
                var signed = signer.Sign(Mail("From: joe@example.org\r\nSubject:  a  b", body + "\r\n"), "default");
                Assert.Equal("pass example.org s", Assert.Single(ResultsAsync(signed).GetAwaiter().GetResult()));
            },
            iter: 200, threads: 1);
    }

    [Fact]
    public async Task Header_with_many_fields_of_a_name_gets_a_short_signature()
    {
        using var signer = Signer(Key("example.org", "s"));
        var many = string.Concat(Enumerable.Repeat("\r\nTo: ann@example.net", 3_000));
        var content = Mail("From: joe@example.org" + many);
        var signed = signer.Sign(content, "default");
        Assert.InRange(signed.Length - content.Length, 100, 2_000);
        Assert.Equal(["pass example.org s"], await ResultsAsync(signed));
    }

    [Fact]
    public async Task Many_at_a_time_are_all_signed()
    {
        using var signer = Signer(Key("example.org", "s", rsa: true));
        var signed = await Task.WhenAll(Enumerable.Range(0, 100).Select(i =>
            signer.SignAsync(Mail($"From: joe@example.org\r\nSubject: {i}"), "default", default).AsTask()));
        foreach (var one in signed) Assert.Equal(["pass example.org s"], await ResultsAsync(one));
    }

    private static MessageContent Mail(string header, string body = "text\r\n") =>
        new(Encoding.ASCII.GetBytes($"{header}\r\n\r\n{body}"));

    private MessageSigner Signer(params SigningKey[] keys) => new(new SigningKeys(keys), _time);

    private SigningKey Key(string domain, string selector, string stream = "", bool rsa = false)
    {
        using var made = rsa ? RSA.Create(2048) : null;
        var text = made?.ExportPkcs8PrivateKeyPem() ?? Convert.ToBase64String(RandomNumberGenerator.GetBytes(32));
        Assert.True(DkimPrivateKey.TryRead(text, out var key, out _));
        _made.Add(key);
        _dns.Text($"{selector}._domainkey.{domain}", key.Record);
        Assert.True(DomainName.TryParse(domain, out var name));
        return new SigningKey(name, selector, stream, key);
    }

    private async Task<string[]> ResultsAsync(MessageContent content)
    {
        var header = MessageHeader.Read(content.Octets);
        var results = await DkimVerifier.VerifyAsync(header, _dns, Now, DkimVerifier.DefaultMaxSignatures, default);
        return [.. results.Select(result => $"{result.ToMethodResult().Result} {result.Domain} {result.Selector}")];
    }
}
