using System.Security.Cryptography;
using System.Text;
using Postfleet.Authentication.Dkim;
using Postfleet.Authentication.Tests.Fixtures;
using Postfleet.Testing;
using Xunit;

namespace Postfleet.Authentication.Tests.Dkim;

/// <summary>Public and private keys (RFC 6376 section 3.6.1, RFC 8301, RFC 8463).</summary>
public sealed class DkimKeyTests
{
    private const string KeyName = "sel._domainkey.example.org";
    private const string Tags = "v=1; a=rsa-sha256; c=relaxed/relaxed; d=example.org; s=sel; h=from:to:subject:date; bh=BH; b=B";

    [Theory]
    [InlineData(512, DkimStatus.PermError, "RSA key too short: 512 bits")]
    [InlineData(1016, DkimStatus.PermError, "RSA key too short: 1016 bits")]
    [InlineData(1024, DkimStatus.Pass, "")]
    public async Task Short_rsa_keys_are_not_acceptable(int bits, DkimStatus status, string reason)
    {
        var message = RawSigner.Sign(TestMessages.Simple, Tags, TestMessages.Rsa);
        if (bits < 1024)
        {
            using var rsa = RSA.Create(bits);
            var result = await VerifyAsync(message, $"p={Convert.ToBase64String(rsa.ExportSubjectPublicKeyInfo())}");
            Assert.Equal((status, reason), (result.Status, result.Reason));
            Assert.False(DkimPrivateKey.TryRead(rsa.ExportRSAPrivateKeyPem(), out _, out var error));
            Assert.Equal($"RSA key of {bits} bits; receivers accept 1024 or more", error);
            return;
        }

        var key = TestMessages.Read(TestMessages.PemOfRsa(bits));
        Assert.Equal(status, (await VerifyAsync(RawSigner.Sign(TestMessages.Simple, Tags, key), key.Record)).Status);
    }

    [Fact]
    public async Task Rsa_keys_may_have_either_form()
    {
        using var rsa = RSA.Create(1024);
        var key = TestMessages.Read(rsa.ExportPkcs8PrivateKeyPem());
        var message = RawSigner.Sign(TestMessages.Simple, Tags, key);
        foreach (var form in new[] { rsa.ExportSubjectPublicKeyInfo(), rsa.ExportRSAPublicKey() })
            Assert.Equal(DkimStatus.Pass, (await VerifyAsync(message, $"p={Convert.ToBase64String(form)}")).Status);
    }

    [Fact]
    public async Task Each_of_several_records_is_tried()
    {
        var message = RawSigner.Sign(TestMessages.Simple, Tags, TestMessages.Rsa);
        var other = TestMessages.Read(TestMessages.PemOfRsa(1024)).Record;
        Assert.Equal(DkimStatus.Pass, (await VerifyAsync(message, "v=spf1 -all", other, TestMessages.Rsa.Record)).Status);
        Assert.Equal("signature wrong", (await VerifyAsync(message, "v=spf1 -all", other)).Reason);
        Assert.Equal("signature wrong", (await VerifyAsync(message, other, other, other, other, TestMessages.Rsa.Record)).Reason);
    }

    [Fact]
    public void Private_keys_are_read_from_their_forms()
    {
        using var rsa = RSA.Create(1024);
        var seed = Convert.ToBase64String(new byte[32]);
        byte[] der = [.. Convert.FromHexString("302e020100300506032b657004220420"), .. new byte[32]];
        var pkcs8 = $"-----BEGIN PRIVATE KEY-----\n{Convert.ToBase64String(der)}\n-----END PRIVATE KEY-----\n";
        Assert.Equal(TestMessages.Read(rsa.ExportRSAPrivateKeyPem()).Record, TestMessages.Read(rsa.ExportPkcs8PrivateKeyPem()).Record);
        Assert.Equal(TestMessages.Read(seed).Record, TestMessages.Read(pkcs8).Record);
        // RFC 8032 section 7.1, test 1.
        var known = Convert.ToBase64String(Convert.FromHexString("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"));
        var publicKey = Convert.FromHexString("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");
        Assert.Equal($"v=DKIM1; k=ed25519; p={Convert.ToBase64String(publicKey)}", TestMessages.Read(known).Record);
        foreach (var text in new[] { "", "x", "YWJj", rsa.ExportRSAPublicKeyPem(), pkcs8
            .Replace("MC4C", "MC4D", StringComparison.Ordinal), "-----BEGIN PRIVATE KEY-----\nYWJj\n-----END PRIVATE KEY-----" })
        {
            Assert.False(DkimPrivateKey.TryRead(text, out _, out var error));
            Assert.Equal("not a private key for RSA or Ed25519", error);
        }
    }

    [Fact]
    public void Signer_refuses_what_no_receiver_accepts()
    {
        var signing = new DkimSigning(TestMessages.Domain, "sel", TestMessages.Now) { SignedFields = ["To"] };
        Assert.Throws<ArgumentException>(() => DkimSigner.Sign(TestMessages.Header(TestMessages.Simple), signing, TestMessages.Rsa));
    }

    [Fact]
    public void Cache_of_keys_is_bounded_and_gives_the_same_key()
    {
        for (var i = 0; i < 3 * KeyCache.MaxKeys; i++)
            Assert.True(KeyCache.TryRead($"{TestMessages.Ed25519.Record}; n={i}", out _, out _));
        Assert.InRange(KeyCache.Count, 1, KeyCache.MaxKeys + Environment.ProcessorCount);
        Assert.True(KeyCache.TryRead(TestMessages.Rsa.Record, out var first, out _));
        Assert.True(KeyCache.TryRead(TestMessages.Rsa.Record, out var second, out _));
        Assert.Same(first, second);
        Assert.False(KeyCache.TryRead("p=", out _, out var error));
        Assert.Equal("key revoked", error);
    }

    /// <summary>Signatures over one key are verified on many threads at a time.</summary>
    [Fact]
    public async Task Keys_verify_in_parallel()
    {
        var message = RawSigner.Sign(TestMessages.Simple, Tags, TestMessages.Rsa);
        var results = await Task
            .WhenAll(Enumerable.Range(0, 16).Select(_ => Task.Run(() => VerifyAsync(message, TestMessages.Rsa.Record))));
        Assert.All(results, result => Assert.Equal(DkimStatus.Pass, result.Status));
    }

    /// <summary>The private key serves many threads at a time.</summary>
    [Fact]
    public async Task Keys_sign_in_parallel()
    {
        var signing = new DkimSigning(TestMessages.Domain, "sel", TestMessages.Now) { SignedFields = ["From", "To", "Subject", "Date"] };
        var fields = await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => Task.Run(() =>
            Encoding.ASCII.GetString(DkimSigner.Sign(TestMessages.Header(TestMessages.Simple), signing, TestMessages.Rsa)))));
        Assert.Single(fields.Distinct());
        Assert.All(fields[0].Split("\r\n"), line => Assert.InRange(line.Length, 0, 78));
        Assert.Equal(DkimStatus.Pass, (await VerifyAsync(fields[0] + TestMessages.Simple, TestMessages.Rsa.Record)).Status);
    }

    private static Task<DkimResult> VerifyAsync(string message, params string[] records) =>
        RawSigner.VerifyAsync(message, new ZoneDns().Text(KeyName, records));
}
