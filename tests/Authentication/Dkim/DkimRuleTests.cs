using Postfleet.Authentication.Dkim;
using Postfleet.Authentication.Messages;
using Postfleet.Authentication.Tests.Fixtures;
using Postfleet.Testing;
using Xunit;

namespace Postfleet.Authentication.Tests.Dkim;

/// <summary>The rules for tags and key records (RFC 6376, 8301, 8463, 8616). All signatures are right, so that the rule decides.</summary>
public sealed class DkimRuleTests
{
    private const string KeyName = "sel._domainkey.example.org";
    private const string Tags = "v=1; a=rsa-sha256; c=relaxed/relaxed; d=example.org; s=sel; h=from:to:subject:date; bh=BH; b=B";

    private static readonly string PublicKey = TestMessages.Rsa.Record.Split("p=")[1];

    [Theory]
    [InlineData("", "", DkimStatus.Pass, "")]
    [InlineData("v=1", "v=2", DkimStatus.PermError, "signature of an unknown version")]
    [InlineData("v=1; ", "", DkimStatus.PermError, "signature of an unknown version")]
    [InlineData("a=rsa-sha256", "a=rsa-sha1", DkimStatus.PermError, "rsa-sha1 not acceptable")]
    [InlineData("a=rsa-sha256", "a=rsa-sha512", DkimStatus.PermError, "unknown algorithm")]
    [InlineData("a=rsa-sha256", "a=RSA-sha256", DkimStatus.PermError, "unknown algorithm")]
    [InlineData("a=rsa-sha256; ", "", DkimStatus.PermError, "unknown algorithm")]
    [InlineData("a=rsa-sha256", "a=ed25519-sha256", DkimStatus.PermError, "key of another algorithm")]
    [InlineData("d=example.org", "d=", DkimStatus.PermError, "invalid domain")]
    [InlineData("d=example.org", "d=[192.0.2.1]", DkimStatus.PermError, "invalid domain")]
    [InlineData("d=example.org", "d=example..org", DkimStatus.PermError, "invalid domain")]
    [InlineData("d=example.org", "d=EXAMPLE.org", DkimStatus.Pass, "")]
    [InlineData("s=sel", "s=", DkimStatus.PermError, "invalid selector")]
    [InlineData("s=sel", "s=s el", DkimStatus.PermError, "invalid selector")]
    [InlineData("s=sel", "s=other", DkimStatus.PermError, "no key")]
    [InlineData("c=relaxed/relaxed", "c=relaxed/nowsp", DkimStatus.PermError, "unknown canonicalization")]
    [InlineData("c=relaxed/relaxed", "c=", DkimStatus.PermError, "unknown canonicalization")]
    [InlineData("c=relaxed/relaxed; ", "", DkimStatus.Pass, "")]
    [InlineData("c=relaxed/relaxed", "c=relaxed", DkimStatus.Pass, "")]
    [InlineData("c=relaxed/relaxed", "c=simple", DkimStatus.Pass, "")]
    [InlineData("from:to", "to", DkimStatus.PermError, "From not signed")]
    [InlineData("h=from:to:subject:date; ", "", DkimStatus.PermError, "no list of signed fields")]
    [InlineData("from:to", "from : to", DkimStatus.Pass, "")]
    [InlineData("bh=BH", "bh=", DkimStatus.PermError, "no body hash of SHA-256")]
    [InlineData("bh=BH", "bh=YWJj", DkimStatus.PermError, "no body hash of SHA-256")]
    [InlineData("bh=BH", "bh=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=", DkimStatus.Fail, "body hash wrong")]
    [InlineData("b=B", "b=", DkimStatus.PermError, "no signature in base64")]
    [InlineData("b=B", "b=%", DkimStatus.PermError, "no signature in base64")]
    [InlineData("b=B", "b=YWJj", DkimStatus.Fail, "signature wrong")]
    [InlineData("d=example.org", "d=example.org; d=example.org", DkimStatus.PermError, "invalid signature: repeated tag d")]
    [InlineData("d=example.org", "d=example.org; unknown=x", DkimStatus.Pass, "")]
    [InlineData("d=example.org", "d=example.org; i=@example.org", DkimStatus.Pass, "")]
    [InlineData("d=example.org", "d=example.org; i=joe=20x@sub.example.org", DkimStatus.Pass, "")]
    [InlineData("d=example.org", "d=example.org; i=joe@example.net", DkimStatus.PermError, "identity outside of the signing domain")]
    [InlineData("d=example.org", "d=example.org; i=joe@badexample.org", DkimStatus.PermError, "identity outside of the signing domain")]
    [InlineData("d=example.org", "d=example.org; i=joe", DkimStatus.PermError, "invalid identity")]
    [InlineData("d=example.org", "d=example.org; q=dns/txt", DkimStatus.Pass, "")]
    [InlineData("d=example.org", "d=example.org; q=x : dns/txt", DkimStatus.Pass, "")]
    [InlineData("d=example.org", "d=example.org; q=http", DkimStatus.PermError, "unknown way to the key")]
    [InlineData("d=example.org", "d=example.org; t=1", DkimStatus.Pass, "")]
    [InlineData("d=example.org", "d=example.org; t=", DkimStatus.PermError, "invalid time")]
    [InlineData("d=example.org", "d=example.org; t=-1", DkimStatus.PermError, "invalid time")]
    [InlineData("d=example.org", "d=example.org; t=1234567890123", DkimStatus.PermError, "invalid time")]
    [InlineData("d=example.org", "d=example.org; t=2; x=2", DkimStatus.PermError, "expires before it was made")]
    [InlineData("d=example.org", "d=example.org; x=soon", DkimStatus.PermError, "invalid time of expiry")]
    [InlineData("d=example.org", "d=example.org; x=1796047199", DkimStatus.Fail, "signature expired")]
    [InlineData("d=example.org", "d=example.org; x=1796047200", DkimStatus.Pass, "")]
    [InlineData("d=example.org", "d=example.org; l=", DkimStatus.PermError, "invalid length of the body")]
    [InlineData("d=example.org", "d=example.org; l=-1", DkimStatus.PermError, "invalid length of the body")]
    [InlineData("d=example.org", "d=example.org; l=1000", DkimStatus.Fail, "body shorter than its signed part")]
    [InlineData("d=example.org", "d=example.org; l=99999999999999999999", DkimStatus.Fail, "body shorter than its signed part")]
    public async Task Tags_decide(string tag, string other, DkimStatus status, string reason)
    {
        var tags = tag.Length == 0 ? Tags : Tags.Replace(tag, other, StringComparison.Ordinal);
        var fields = tags.Contains("h=to", StringComparison.Ordinal) ? "to:subject:date" : null;
        var result = await VerifyAsync(
            RawSigner.Sign(TestMessages.Simple, tags, TestMessages.Rsa, fields: fields), TestMessages.Rsa.Record);
        Assert.Equal((status, reason), (result.Status, result.Reason));
    }

    [Theory]
    [InlineData("p=KEY", DkimStatus.Pass, "")]
    [InlineData("v=DKIM1; k=rsa; h=sha1 : sha256; s=email; t=; n=notes; g=nobody; p=KEY;", DkimStatus.Pass, "")]
    [InlineData("v=DKIM1;s=tlsrpt:*;p=KEY", DkimStatus.Pass, "")]
    [InlineData("k=rsa; v=DKIM1; p=KEY", DkimStatus.PermError, "key record of an unknown version")]
    [InlineData("v=DKIM2; p=KEY", DkimStatus.PermError, "key record of an unknown version")]
    [InlineData("v=DKIM1; p=", DkimStatus.PermError, "key revoked")]
    [InlineData("v=DKIM1; k=rsa", DkimStatus.PermError, "key record without a key")]
    [InlineData("v=DKIM1; k=ed25519; p=KEY", DkimStatus.PermError, "invalid Ed25519 key")]
    [InlineData("v=DKIM1; k=dsa; p=KEY", DkimStatus.PermError, "key of an unknown type")]
    [InlineData("v=DKIM1; h=sha1; p=KEY", DkimStatus.PermError, "key not for SHA-256")]
    [InlineData("v=DKIM1; s=tlsrpt; p=KEY", DkimStatus.PermError, "key not for mail")]
    [InlineData("v=DKIM1; p=YWJj", DkimStatus.PermError, "invalid RSA key")]
    [InlineData("v=DKIM1; p=???", DkimStatus.PermError, "key not in base64")]
    [InlineData("v=DKIM1; p=KEY; p=KEY", DkimStatus.PermError, "invalid key record: repeated tag p")]
    [InlineData("v=DKIM1\\; p=KEY", DkimStatus.PermError, "key record of an unknown version")]
    [InlineData("v=spf1 -all", DkimStatus.PermError, "key record of an unknown version")]
    [InlineData("", DkimStatus.PermError, "invalid key record: empty tag")]
    public async Task Key_record_decides(string record, DkimStatus status, string reason)
    {
        var message = RawSigner.Sign(TestMessages.Simple, Tags, TestMessages.Rsa);
        var result = await VerifyAsync(message, record.Replace("KEY", PublicKey, StringComparison.Ordinal));
        Assert.Equal((status, reason), (result.Status, result.Reason));
    }

    [Fact]
    public async Task Results_name_what_was_verified()
    {
        var message = RawSigner
            .Sign(TestMessages.Simple, Tags.Replace("d=", "i=joe@Sub.example.org; d=", StringComparison.Ordinal), TestMessages.Rsa);
        var result = await VerifyAsync(message, TestMessages.Rsa.Record);
        Assert.Equal(("example.org", "sel", "joe@sub.example.org", "rsa-sha256", 2048),
            (result.Domain?.Value, result.Selector, result.Identity, result.Algorithm, result.KeyBits));
        Assert.Contains($"b={result.SignatureStart}", message, StringComparison.Ordinal);
        Assert.Equal(8, result.SignatureStart!.Length);
        Assert.False(result.IsTesting || result.HasUnsignedBody);
    }

    [Theory]
    [InlineData("", false, DkimStatus.Pass)]
    [InlineData("t=y; ", true, DkimStatus.Pass)]
    [InlineData("t=s; ", false, DkimStatus.PermError)]
    [InlineData("t=y : s : x; ", false, DkimStatus.PermError)]
    public async Task Flags_of_the_key_are_observed(string flags, bool isTesting, DkimStatus status)
    {
        var message = RawSigner
            .Sign(TestMessages.Simple, Tags.Replace("d=", "i=@sub.example.org; d=", StringComparison.Ordinal), TestMessages.Rsa);
        var result = await VerifyAsync(message, $"v=DKIM1; {flags}p={PublicKey}");
        Assert.Equal((status, isTesting), (result.Status, result.IsTesting));
        if (status == DkimStatus.PermError) Assert.Equal("identity in a subdomain, which the key forbids", result.Reason);
    }

    [Fact]
    public async Task Dns_trouble_is_temporary()
    {
        var message = RawSigner.Sign(TestMessages.Simple, Tags, TestMessages.Rsa);
        var result = await RawSigner.VerifyAsync(message, new ZoneDns().Failing(KeyName));
        Assert.Equal((DkimStatus.TempError, "key could not be fetched"), (result.Status, result.Reason));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await DkimVerifier.VerifyAsync(
            TestMessages.Header(message), new ZoneDns().Silent(KeyName), TestMessages.Now, 10, new CancellationToken(true)));
    }

    [Fact]
    public async Task Length_signs_the_beginning_of_the_body()
    {
        var tags = Tags.Replace("bh=", "l=4; bh=", StringComparison.Ordinal);
        var message = RawSigner.Sign(TestMessages.Simple, tags, TestMessages.Rsa, limit: 4);
        var result = await VerifyAsync(message, TestMessages.Rsa.Record);
        Assert.Equal((DkimStatus.Pass, true), (result.Status, result.HasUnsignedBody));
        Assert.Equal(
            DkimStatus.Fail, (await VerifyAsync(message.Replace("Hi.", "Ho.", StringComparison.Ordinal), TestMessages.Rsa.Record)).Status);
        // An empty signed part is right for every body.
        tags = Tags.Replace("bh=", "l=0; bh=", StringComparison.Ordinal);
        result = await VerifyAsync(RawSigner.Sign(TestMessages.Simple, tags, TestMessages.Rsa, limit: 0), TestMessages.Rsa.Record);
        Assert.Equal((DkimStatus.Pass, true), (result.Status, result.HasUnsignedBody));
    }

    /// <summary>RFC 8616: labels in Unicode are looked up as A-labels.</summary>
    [Fact]
    public async Task Domains_in_unicode_are_looked_up_as_a_labels()
    {
        var tags = Tags.Replace("d=example.org", "d=b\u00fccher.example; i=j\u00f6@b\u00fccher.example", StringComparison.Ordinal);
        var message = RawSigner.Sign(TestMessages.Simple, tags, TestMessages.Rsa);
        var result = await RawSigner
            .VerifyAsync(message, new ZoneDns().Text("sel._domainkey.xn--bcher-kva.example", TestMessages.Rsa.Record));
        Assert.Equal((DkimStatus.Pass, "xn--bcher-kva.example"), (result.Status, result.Domain?.Value));
        Assert.Equal("j\u00f6@xn--bcher-kva.example", result.Identity);
    }

    [Fact]
    public async Task Added_from_fails_only_when_from_is_signed_once_more()
    {
        var names = "from:from:to:subject:date";
        var once = RawSigner.Sign(TestMessages.Simple, Tags, TestMessages.Rsa);
        var twice = RawSigner.Sign(
            TestMessages.Simple, Tags.Replace("from:to:subject:date", names, StringComparison.Ordinal), TestMessages.Rsa, fields: names);
        Assert.Equal(DkimStatus.Pass, (await VerifyAsync("From: eve@example.net\r\n" + once, TestMessages.Rsa.Record)).Status);
        Assert.Equal(DkimStatus.Pass, (await VerifyAsync(twice, TestMessages.Rsa.Record)).Status);
        Assert.Equal(DkimStatus.Fail, (await VerifyAsync("From: eve@example.net\r\n" + twice, TestMessages.Rsa.Record)).Status);
    }

    [Fact]
    public async Task Signatures_sign_others_and_never_themselves()
    {
        var names = "from:dkim-signature:dkim-signature";
        var inner = RawSigner.Sign(TestMessages.Simple, Tags, TestMessages.Rsa);
        var outer = RawSigner.Sign(
            inner, Tags.Replace("from:to:subject:date", names, StringComparison.Ordinal), TestMessages.Rsa, fields: names);
        var keys = new ZoneDns().Text(KeyName, TestMessages.Rsa.Record);
        var results = await DkimVerifier.VerifyAsync(TestMessages.Header(outer), keys, TestMessages.Now, 10, default);
        Assert.Equal([DkimStatus.Pass, DkimStatus.Pass], results.Select(result => result.Status));
        Assert.Single(keys.Queries);
    }

    [Fact]
    public async Task Number_of_signatures_is_bounded()
    {
        var signed = RawSigner.Sign(TestMessages.Simple, Tags, TestMessages.Rsa);
        var field = signed[..^TestMessages.Simple.Length];
        var keys = new ZoneDns();
        var message = string.Concat(Enumerable.Range(0, 100).Select(i => field.Replace("s=sel", $"s=s{i}", StringComparison.Ordinal)))
            + signed;
        var results = await DkimVerifier.VerifyAsync(TestMessages.Header(message), keys, TestMessages.Now, 10, default);
        Assert.Equal(10, results.Length);
        Assert.Equal(10, keys.Queries.Count);
        Assert.Empty(await DkimVerifier.VerifyAsync(TestMessages.Header(TestMessages.Simple), keys, TestMessages.Now, 10, default));
    }

    [Fact]
    public async Task Long_headers_and_signatures_are_refused_without_a_lookup()
    {
        var keys = new ZoneDns();
        var header = $"DKIM-Signature: {Tags}\r\nX: {new string('x', MessageHeader.MaxOctets)}\r\n{TestMessages.Simple}";
        Assert.Equal("header too long", (await DkimVerifier.VerifyAsync(TestMessages.Header(header), keys, TestMessages.Now, 10, default))
            .Single().Reason);
        var many = string.Concat(Enumerable.Repeat("X: y\r\n", MessageHeader.MaxFields));
        Assert.Equal("header too long", (await DkimVerifier.VerifyAsync(
            TestMessages.Header($"DKIM-Signature: {Tags}\r\n{many}\r\n"), keys, TestMessages.Now, 10, default)).Single().Reason);
        var names = string.Join(':', Enumerable.Repeat("from", DkimSignature.MaxSignedFields + 1));
        Assert.Equal("too many signed fields", (await VerifyAsync(
            RawSigner.Sign(TestMessages.Simple, Tags
                .Replace("from:to:subject:date", names, StringComparison.Ordinal), TestMessages.Rsa))).Reason);
        Assert.Equal($"invalid signature: longer than {TagList.MaxOctets} octets", (await VerifyAsync(
            RawSigner.Sign(TestMessages.Simple, Tags
                .Replace("s=sel", $"s=sel; z={new string('a', 20_000)}", StringComparison.Ordinal), TestMessages.Rsa)))
            .Reason);
        Assert.Empty(keys.Queries);
    }

    private static Task<DkimResult> VerifyAsync(string message, params string[] records) =>
        RawSigner.VerifyAsync(message, new ZoneDns().Text(KeyName, records));
}
