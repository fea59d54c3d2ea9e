using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Time.Testing;
using Postfleet.Authentication.Dkim;
using Postfleet.Authentication.Messages;
using Postfleet.Core.Mail;
using Postfleet.Signing.Messages;
using Postfleet.Signing.Options;
using Postfleet.Testing;
using Postfleet.Testing.Fakes;
using Xunit;
using MessageContent = Postfleet.Core.Mail.MessageContent;

namespace Postfleet.Signing.Tests.Fixtures;

/// <summary>Keys with their records in a zone, signers that have them, and the results of the signatures.</summary>
internal sealed class SignerBench : IDisposable
{
    public static readonly DateTimeOffset Now = new(2026, 11, 30, 12, 0, 0, TimeSpan.Zero);

    private readonly List<DkimPrivateKey> _made = [];

    /// <summary>The records of the keys.</summary>
    public ZoneDns Zone { get; } = new();

    public FakeTimeProvider Time { get; } = new(Now);

    public LogCollector Log { get; } = new();

    public void Dispose() => _made.ForEach(key => key.Dispose());

    public static MessageContent Mail(string header, string body = "text\r\n") =>
        new(Encoding.ASCII.GetBytes($"{header}\r\n\r\n{body}"));

    public MessageSigner Signer(IEnumerable<SigningKey> keys, params RequiredSignatureOptions[] required) =>
        Signer(keys, new KeySeal(""), required);

    public MessageSigner Signer(IEnumerable<SigningKey> keys, KeySeal seal, RequiredSignatureOptions[] required) =>
        new(
            new SigningState(
                new SigningKeys(keys), new SignatureRules(required),
                new StoredKeySettings(seal, TimeSpan.FromMinutes(5), TimeSpan.FromDays(14)), []),
            Time, Log);

    public SigningKey Key(string domain, string selector, string stream = "", bool rsa = false)
    {
        using var made = rsa ? RSA.Create(2048) : null;
        var text = made?.ExportPkcs8PrivateKeyPem() ?? Convert.ToBase64String(RandomNumberGenerator.GetBytes(32));
        Assert.True(DkimPrivateKey.TryRead(text, out var key, out _));
        _made.Add(key);
        Zone.Text($"{selector}._domainkey.{domain}", key.Record);
        return new SigningKey(DomainOf(domain), selector, stream, key);
    }

    public static DomainName DomainOf(string text) => DomainName.TryParse(text, out var name) ? name : throw new FormatException(text);

    public async Task<string[]> ResultsAsync(MessageContent content, DateTimeOffset? at = null)
    {
        var header = MessageHeader.Read(content.Octets);
        var results = await DkimVerifier.VerifyAsync(header, Zone, at ?? Now, DkimVerifier.DefaultMaxSignatures, default);
        return [.. results.Select(result => $"{result.ToMethodResult().Result} {result.Domain} {result.Selector}")];
    }
}
