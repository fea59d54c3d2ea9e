using Postfleet.Contracts.Signing;
using Postfleet.Signing.Messages;
using Postfleet.Signing.Options;
using Postfleet.Signing.Tests.Fixtures;
using Xunit;

namespace Postfleet.Signing.Tests;

/// <summary>Mail that must be signed is signed or refused, and never passed on as it is.</summary>
public sealed class RequiredTests : IDisposable
{
    private readonly SignerBench _bench = new();

    public void Dispose() => _bench.Dispose();

    [Theory]
    // Signed, or no signature required.
    [InlineData("From: joe@example.org", "default", SigningFault.None, true)]
    [InlineData("From: joe@free.example", "default", SigningFault.None, false)]
    [InlineData("From: joe@free.example\r\nFrom: ann@free.example", "default", SigningFault.None, false)]
    [InlineData("From: joe@streamed.example", "default", SigningFault.None, false)]
    // Without a key.
    [InlineData("From: joe@keyless.example", "default", SigningFault.KeyMissing, false)]
    [InlineData("From: joe@KeyLess.Example", "bulk", SigningFault.KeyMissing, false)]
    [InlineData("From: joe@streamed.example", "bulk", SigningFault.KeyMissing, false)]
    [InlineData("From: joe@example.org, ann@keyless.example", "default", SigningFault.KeyMissing, false)]
    // With an author that is not clear.
    [InlineData("From: joe@example.org\r\nFrom: ann@free.example", "default", SigningFault.Unsignable, false)]
    [InlineData("From: <joe@free.example> <ann@elsewhere.example>", "default", SigningFault.Unsignable, false)]
    [InlineData("From: joe@a.example, x@b.example, x@c.example, x@d.example, x@example.org", "default", SigningFault.Unsignable, false)]
    [InlineData("Subject: no author", "default", SigningFault.None, false)]
    // All mail of a stream.
    [InlineData("From: joe@free.example", "all", SigningFault.KeyMissing, false)]
    [InlineData("Subject: no author", "all", SigningFault.Unsignable, false)]
    public async Task Required_signatures_are_made_or_the_message_is_refused(
        string header, string stream, SigningFault fault, bool isSigned)
    {
        var others = new[] { "a", "b", "c", "d" }.Select(name => _bench.Key($"{name}.example", "s"));
        using var signer = _bench.Signer(
            [_bench.Key("example.org", "s"), .. others],
            new() { Domain = "example.org" }, new() { Domain = "keyless.example" }, new() { Domain = "streamed.example", Stream = "bulk" },
            new() { Domain = "*", Stream = "all" });
        var content = SignerBench.Mail(header);
        foreach (var signed in (SignedContent[])[signer.Sign(content, stream), await signer.SignAsync(content, stream, default)])
        {
            Assert.Equal(fault, signed.Fault);
            if (isSigned) Assert.Equal(["pass example.org s"], await _bench.ResultsAsync(signed.Content));
            else Assert.Same(content, signed.Content);
        }
    }

    [Fact]
    public void Mail_that_is_refused_has_one_line_a_minute_in_the_log()
    {
        using var signer = _bench.Signer([], new RequiredSignatureOptions { Domain = "keyless.example" });
        for (var i = 0; i < 10; i++) signer.Sign(SignerBench.Mail("From: joe@keyless.example"), "bulk");
        var line = Assert.Single(_bench.Log.Lines);
        Assert.Equal(("not signed", "keyless.example", "bulk"), (line.Name, line.Fields["Domain"], line.Fields["Stream"]));
        _bench.Time.Advance(MessageSigner.WarningInterval);
        signer.Sign(SignerBench.Mail("From: joe@keyless.example"), "bulk");
        Assert.Equal(2, _bench.Log.Lines.Count);
    }

    [Fact]
    public void A_reload_with_an_unusable_key_leaves_keys_and_rules_in_force()
    {
        using var signer = _bench.Signer([_bench.Key("example.org", "s")], new RequiredSignatureOptions { Domain = "keyless.example" });
        Assert.Throws<Core.StartFailureException>(() => signer.Prepare(new SigningSections
        {
            Dkim = [new DkimKeyOptions { Domain = "example.org", Selector = "s", Key = "/nowhere/key" }],
        }));
        Assert.Equal(SigningFault.KeyMissing, signer.Sign(SignerBench.Mail("From: joe@keyless.example"), "default").Fault);
        var mail = SignerBench.Mail("From: joe@example.org");
        Assert.NotSame(mail, signer.Sign(mail, "default").Content);
        signer.Prepare(new SigningSections())();
        Assert.Equal(SigningFault.None, signer.Sign(SignerBench.Mail("From: joe@keyless.example"), "default").Fault);
    }
}
