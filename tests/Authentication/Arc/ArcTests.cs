using System.Text;
using Postfleet.Authentication.Arc;
using Postfleet.Authentication.Dkim;
using Postfleet.Authentication.Results;
using Postfleet.Authentication.Tests.Fixtures;
using Postfleet.Testing;
using Xunit;

namespace Postfleet.Authentication.Tests.Arc;

/// <summary>Chains that this server seals, and the bounds of chains (RFC 8617).</summary>
public sealed class ArcTests
{
    private const string KeyName = "arc._domainkey.example.org";

    // So many names that the field is folded before the tag i=.
    private static readonly string[] Names =
    [
        "From", "Reply-To", "Subject", "Date", "To", "Cc", "Message-ID", "In-Reply-To", "References", "MIME-Version", "Content-Type",
        "Content-Transfer-Encoding", "List-Id", "List-Unsubscribe", "List-Unsubscribe-Post", "DKIM-Signature",
    ];

    private static readonly MethodResult[] Found =
    [
        new("spf", "pass") { Properties = [new("smtp", "mailfrom", "joe@example.org")] },
        new("dkim", "fail") { Comment = "a (nested) comment", Reason = "body; \"hash\" wrong" },
    ];

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Sealed_chain_passes_here_and_in_dkimpy(bool isEd25519)
    {
        var key = isEd25519 ? TestMessages.Ed25519 : TestMessages.Rsa;
        var keys = new ZoneDns().Text(KeyName, key.Record);
        var text = TestMessages.Simple;
        for (var i = 1; i <= 3; i++)
        {
            var chain = await VerifyAsync(text, keys);
            Assert.Equal(i == 1 ? ArcStatus.None : ArcStatus.Pass, chain.Status);
            text = Seal(text, chain, key) + text;
        }

        var result = await VerifyAsync(text, keys);
        Assert.Equal((ArcStatus.Pass, 3, ""), (result.Status, result.Sets.Length, result.Reason));
        Assert.All(result.Sets, set => Assert.Equal("mx.example.org spf=pass,dkim=fail",
            $"{set.Results!.Service} {string.Join(',', set.Results.Results.Select(found => $"{found.Method}={found.Result}"))}"));
        // Each verification asks for the one key once.
        Assert.Equal(3, keys.Queries.Count);
        Assert.All(text.Split("\r\n"), line => Assert.InRange(line.Length, 0, 998));
        if (isEd25519) return;
        var peer = await DkimPeer.RunAsync(DkimPeer.DkimPy, [new
        {
            op = "arc",
            message = Convert.ToBase64String(TestMessages.Octets(text)),
            keys = new Dictionary<string, string> { [KeyName] = key.Record },
        }]);
        Assert.Equal("pass", (string)peer[0]!);
    }

    [Fact]
    public async Task Broken_chain_is_marked_once_and_never_sealed_again()
    {
        var keys = new ZoneDns().Text(KeyName, TestMessages.Rsa.Record);
        var first = Seal(TestMessages.Simple, new ArcResult(ArcStatus.None, ""), TestMessages.Rsa) + TestMessages.Simple;
        var changed = first.Replace("Dinner", "Lunch", StringComparison.Ordinal);
        var broken = await VerifyAsync(changed, keys);
        Assert.Equal((ArcStatus.Fail, "message signature: signature wrong"), (broken.Status, broken.Reason));
        var marked = Seal(changed, broken, TestMessages.Rsa)! + changed;
        Assert.Contains("cv=fail", marked, StringComparison.Ordinal);
        Assert.Contains("i=2;", marked, StringComparison.Ordinal);
        var result = await VerifyAsync(marked, keys);
        Assert.Equal((ArcStatus.Fail, "marked as failed by example.org"), (result.Status, result.Reason));
        Assert.Null(Seal(marked, result, TestMessages.Rsa));
    }

    [Fact]
    public async Task Dns_trouble_is_temporary_and_is_not_sealed()
    {
        var text = Seal(TestMessages.Simple, new ArcResult(ArcStatus.None, ""), TestMessages.Rsa) + TestMessages.Simple;
        var result = await VerifyAsync(text, new ZoneDns().Failing(KeyName));
        Assert.Equal(ArcStatus.TempError, result.Status);
        Assert.Null(Seal(text, result, TestMessages.Rsa));
        Assert.Equal(ArcStatus.Fail, (await VerifyAsync(text, new ZoneDns())).Status);
    }

    [Fact]
    public async Task Chain_of_fifty_sets_passes_and_ends_there()
    {
        var keys = new ZoneDns().Text(KeyName, TestMessages.Ed25519.Record);
        var text = TestMessages.Simple;
        var chain = new ArcResult(ArcStatus.None, "");
        for (var i = 1; i <= 50; i++)
        {
            text = Seal(text, chain, TestMessages.Ed25519) + text;
            chain = new ArcResult(ArcStatus.Pass, "") { LastInstance = i };
        }

        var result = await VerifyAsync(text, keys);
        Assert.Equal((ArcStatus.Pass, 50), (result.Status, result.Sets.Length));
        Assert.Null(Seal(text, result, TestMessages.Ed25519));
        Assert.Equal("too many sets", (await VerifyAsync("ARC-Seal: i=1\r\n" + text, keys)).Reason);
        Assert.Equal("repeated field of set 1", (await VerifyAsync("ARC-Authentication-Results: i=1; x\r\n" + TestMessages.Simple
            .Insert(0, "ARC-Authentication-Results: i=1; x\r\n"), keys)).Reason);
    }

    [Fact]
    public async Task Long_chains_are_refused_before_any_lookup()
    {
        var keys = new ZoneDns();
        var text = $"ARC-Authentication-Results: i=1; x; {new string('a', 300_000)}\r\n{TestMessages.Simple}";
        Assert.Equal("fields too long", (await VerifyAsync(text, keys)).Reason);
        Assert.Empty(keys.Queries);
    }

    [Fact]
    public void Seal_may_not_sign_seals() => Assert.Throws<ArgumentException>(() => ArcSealer.Seal(
        TestMessages.Header(TestMessages.Simple), new ArcResult(ArcStatus.None, ""), Sealing() with { SignedFields = ["From", "arc-seal"] },
        TestMessages.Rsa));

    private static ArcSealing Sealing() => new(TestMessages.Domain, "arc", TestMessages.Now, "mx.example.org")
    {
        SignedFields = [.. Names],
        Results = [.. Found.Select(AuthenticationResultsWriter.Text)],
    };

    private static string? Seal(string text, ArcResult chain, DkimPrivateKey key) =>
        ArcSealer.Seal(TestMessages.Header(text), chain, Sealing(), key) is { } seal ? Encoding.Latin1.GetString(seal) : null;

    private static async Task<ArcResult> VerifyAsync(string text, ZoneDns keys) =>
        await ArcVerifier.VerifyAsync(TestMessages.Header(text), keys, TestMessages.Now, default);
}
