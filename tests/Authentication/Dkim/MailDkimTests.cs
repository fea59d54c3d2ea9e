using System.Text;
using Postfleet.Authentication.Dkim;
using Postfleet.Authentication.Messages;
using Postfleet.Authentication.Tests.Fixtures;
using Postfleet.Testing;
using Xunit;
using Xunit.Abstractions;

namespace Postfleet.Authentication.Tests.Dkim;

/// <summary>Mail::DKIM as a peer, in one process: RSA alone, since Debian's version has no Ed25519.</summary>
public sealed class MailDkimTests(ITestOutputHelper output)
{
    [Fact]
    public async Task Signatures_pass_in_both_directions()
    {
        // RFC 6376 section 3.4.3 adds a line end that is missing at the end of the body; Mail::DKIM does not.
        var cases = PeerMatrix.Cases()
            .Where(one => one.Key.Key.Algorithm == DkimAlgorithm.RsaSha256 && one.Body != "no end").ToArray();
        var results = await DkimPeer.RunAsync(DkimPeer.MailDkim, cases.SelectMany(one =>
        {
            var signed = PeerMatrix.Sign(one.Header, one.Form, one.Key.Key, one.Body);
            return new[]
            {
                new
                {
                    op = "sign",
                    message = Convert.ToBase64String(TestMessages.Octets(PeerMatrix.Head + "\r\n" + one.Body)),
                    key = one.Key.Text,
                    algorithm = one.Key.Name,
                    header = one.Header,
                    body = one.Form,
                    fields = PeerMatrix.Fields,
                },
                PeerMatrix.VerifyRequest(signed, one.Key.Key),
                PeerMatrix.VerifyRequest(signed.Replace("Tim <", "Tom <", StringComparison.Ordinal), one.Key.Key),
            };
        }));
        for (var i = 0; i < cases.Length; i++)
        {
            var (one, text) = (cases[i], Encoding.Latin1.GetString(Convert.FromBase64String((string)results[3 * i]!)));
            Assert.True("pass" == (string)results[3 * i + 1]!, $"{one}: {results[3 * i + 1]}");
            Assert.True("fail" == (string)results[3 * i + 2]!, $"{one}: {results[3 * i + 2]}");
            await ExpectAsync(DkimStatus.Pass, text, one.Key.Key);
            await ExpectAsync(DkimStatus.Fail, text.Replace("Tim <", "Tom <", StringComparison.Ordinal), one.Key.Key);
            await ExpectAsync(DkimStatus.Fail, text + "\r\nadded\r\n", one.Key.Key);
        }

        output.WriteLine($"{cases.Length} messages signed, and {cases.Length} verified, by Mail::DKIM");
    }

    private static async Task ExpectAsync(DkimStatus status, string text, DkimPrivateKey key)
    {
        var result = (await DkimVerifier.VerifyAsync(
            MessageHeader.Read(TestMessages.Octets(text)), new ZoneDns().Text(PeerMatrix.KeyName, key.Record), DateTimeOffset.UtcNow, 10,
            default))
            .Single();
        Assert.True(status == result.Status, $"{result.Status}, {result.Reason}: {text[..300]}");
    }
}
