using System.Security.Cryptography;
using Xunit;

namespace Postfleet.Node.Tests.Configuration;

/// <summary>Errors and probably mistaken settings of keys that sign, and of mail that must be signed.</summary>
public sealed class SigningWarningsTests : IDisposable
{
    private readonly Sources _sources = new();

    public void Dispose() => _sources.Dispose();

    [Theory]
    [InlineData(2048, "--Listeners:0:Endpoint=127.0.0.1:2587 --Listeners:0:Service=submission "
        + "--Submission:CheckSender=envelope --Auth:PlaintextNetworks=127.0.0.0/8",
        "Submission:CheckSender is 'envelope' and Dkim is not empty: every user can have mail of every domain of Dkim signed")]
    [InlineData(2048, "--Dkim:0:Stream=news --Streams:0:Name=bulk", "Dkim:0:Stream is 'news', which is not in Streams")]
    [InlineData(2048, "--Signing:Required:0:Domain=a.example --Signing:Required:0:Stream=news --Streams:0:Name=bulk",
        "Signing:Required:0:Stream is 'news', which is not in Streams")]
    [InlineData(2048, "--Signing:RetiredFor=1d", "Signing:RetiredFor is '1d' and mail may wait for 5d by Queues and Streams: "
        + "the record of a retired key may be gone when its last mail is delivered")]
    [InlineData(2048, "--Streams:0:Name=slow --Streams:0:Lifetime=20d", "Signing:RetiredFor is '14d' and mail may wait for 20d by "
        + "Queues and Streams: the record of a retired key may be gone when its last mail is delivered")]
    [InlineData(1024, "--Dkim:0:Stream=", "Dkim:0:Key has an RSA key of 1024 bits; use at least 2048 (RFC 8301)")]
    [InlineData(0, "--Dkim:0:Stream=", "Dkim has no RSA key for 'a.example'; large providers do not verify Ed25519")]
    public void A_key_that_signs_is_warned_of(int bits, string arguments, string warning)
    {
        using var key = bits > 0 ? RSA.Create(bits) : null;
        _sources.Write(key?.ExportPkcs8PrivateKeyPem() ?? Convert.ToBase64String(new byte[32]), "key");
        _sources.Arguments.AddRange(["--Dkim:0:Domain=a.example", "--Dkim:0:Selector=s", "--Dkim:0:Key=key", .. arguments.Split(' ')]);

        Assert.Contains(warning, _sources.Load().Loaded!.Warnings);
    }

    [Theory]
    [InlineData("--Dkim:1:Domain=A.example --Dkim:1:Selector=S --Dkim:1:Key=key",
        "Dkim:1:Selector is 's'; allowed: one that no other key of the domain has in the stream")]
    [InlineData("--Dkim:0:Validity=7d --Dkim:0:Timestamp=false",
        "Dkim:0:Timestamp is 'false' and Dkim:0:Validity is not 0s; allowed: Timestamp with a Validity")]
    public void A_wrong_key_is_refused(string arguments, string error)
    {
        _sources.Write(Convert.ToBase64String(new byte[32]), "key");
        _sources.Arguments.AddRange(["--Dkim:0:Domain=a.example", "--Dkim:0:Selector=s", "--Dkim:0:Key=key", .. arguments.Split(' ')]);

        Assert.StartsWith(error, Assert.Single(_sources.Load().Errors), StringComparison.Ordinal);
    }
}
