using System.Text;
using Postfleet.Authentication.Dkim;
using Postfleet.Testing;

namespace Postfleet.Authentication.Tests.Fixtures;

/// <summary>Odd messages, each with all canonical forms of header and body and both algorithms, for peers to sign and to verify.</summary>
internal static class PeerMatrix
{
    public const string KeyName = "sel._domainkey.example.org";

    public const string Head = OddMail.Head;

    public static readonly string[] Fields = ["From", "to", "Subject", "x-odd", "X-Eight", "Date", "X-Hop", "x-hop", "X-Absent"];

    private static readonly string[] Forms = ["simple", "relaxed"];

    // Short keys: dkimpy has its own arithmetic.
    private static readonly string Pem = TestMessages.PemOfRsa(1024);
    private static readonly DkimPrivateKey Rsa = TestMessages.Read(Pem);

    private static readonly (string Name, DkimPrivateKey Key, string Text)[] Keys =
    [
        ("rsa-sha256", Rsa, Pem),
        ("ed25519-sha256", TestMessages.Ed25519, Convert.ToBase64String([.. Enumerable.Range(1, 32).Select(i => (byte)i)])),
    ];

    /// <summary>A message with a signature of this server in front.</summary>
    public static string Sign(string header, string form, DkimPrivateKey key, string body)
    {
        var message = Head + "\r\n" + body;
        var field = DkimSigner.Sign(
            TestMessages.Header(message),
            new DkimSigning(TestMessages.Domain, "sel", DateTimeOffset.UtcNow)
            {
                SignedFields = [.. Fields],
                HeaderForm = header == "relaxed" ? Canonicalization.Relaxed : Canonicalization.Simple,
                BodyForm = form == "relaxed" ? Canonicalization.Relaxed : Canonicalization.Simple,
                Validity = TimeSpan.FromDays(1),
            },
            key);
        return Encoding.Latin1.GetString(field) + message;
    }

    /// <summary>A request to a peer that verifies.</summary>
    public static object VerifyRequest(string text, DkimPrivateKey key) => new
    {
        op = "verify",
        message = Convert.ToBase64String(TestMessages.Octets(text)),
        keys = new Dictionary<string, string> { [KeyName] = key.Record },
    };

    /// <summary>All combinations.</summary>
    public static IEnumerable<(string Header, string Form, (string Name, DkimPrivateKey Key, string Text) Key, string Body)> Cases() =>
        from header in Forms
        from form in Forms
        from key in Keys
        from body in OddMail.Bodies
        select (header, form, key, body);
}
