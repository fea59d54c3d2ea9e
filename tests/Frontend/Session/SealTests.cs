using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using Postfleet.Authentication.Arc;
using Postfleet.Authentication.Dkim;
using Postfleet.Authentication.Messages;
using Postfleet.Contracts.Receiving;
using Postfleet.Core;
using Postfleet.Core.Mail;
using Postfleet.Frontend.Options;
using Postfleet.Frontend.Session;
using Postfleet.Frontend.Tests.Fixtures;
using Postfleet.Testing;
using Xunit;
using static Postfleet.Frontend.Tests.Fixtures.Dialogue;

namespace Postfleet.Frontend.Tests.Session;

/// <summary>Seals of inbound messages by ARC.</summary>
public sealed class SealTests : IDisposable
{
    private const string Allowed = "allowed: a file with a private key for RSA or Ed25519";

    private readonly TempFolder _folder = new();
    private readonly string _file;
    private readonly string _record;

    public SealTests()
    {
        _file = _folder["arc.key"];
        using var rsa = RSA.Create(2048);
        File.WriteAllText(_file, rsa.ExportPkcs8PrivateKeyPem());
        Assert.True(DkimPrivateKey.TryRead(File.ReadAllText(_file), out var key, out _));
        _record = key.Record;
        key.Dispose();
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task The_seal_is_over_the_message_as_it_is_stored_with_the_results_of_the_checks()
    {
        // A check of the message stage changes the message: the seal is made behind it.
        var checks = new SessionChecks { Message = [new AddsField()] };
        foreach (var content in await ReceiveAsync("From: a@x.test\nC: Subject: x\nC: \nC: hi", checks))
        {
            Assert.StartsWith("ARC-Seal: ", content, StringComparison.Ordinal);
            var chain = await VerifyAsync(content);
            Assert.Equal(ArcStatus.Pass, chain.Status);
            var set = Assert.Single(chain.Sets);
            Assert.Equal("seal.test", set.Domain.Value);
            Assert.Contains(set.Results!.Results, result => result is { Method: "spf", Result: "pass" });
            Assert.Contains("\r\nReply-To: added@x.test\r\n", content, StringComparison.Ordinal);
            var changed = await VerifyAsync(content.Replace("Reply-To: added@", "Reply-To: other@", StringComparison.Ordinal));
            Assert.Equal(ArcStatus.Fail, changed.Status);
        }
    }

    [Fact]
    public async Task A_sealed_message_that_comes_again_gets_the_next_set()
    {
        var first = (await ReceiveAsync("From: a@x.test\nC: Subject: x\nC: \nC: hi"))[0];
        var again = first.TrimEnd().Replace("\r\n", "\nC: ", StringComparison.Ordinal);
        foreach (var content in await ReceiveAsync(again))
        {
            var chain = await VerifyAsync(content);
            Assert.Equal((ArcStatus.Pass, 2), (chain.Status, chain.Sets.Length));
        }
    }

    [Fact]
    public async Task Each_message_of_a_session_has_its_own_seal()
    {
        const string message = "C: MAIL FROM:<a@x.test>\nS: 250 *\nC: RCPT TO:<b@y.test>\nS: 250 *\nC: DATA\nS: 354 *\nC: Subject: x\nC: \n"
            + "C: hi\nC: .\nS: 250 *\n";
        foreach (var world in await ReplayAsync($"S: 220 *\nC: HELO c\nS: 250 *\n{message}{message}", () => NewWorld(), World.Untrusted))
        {
            Assert.Equal(2, world.Submission.Stored.Count);
            foreach (var stored in world.Submission.Stored)
                Assert.Equal(ArcStatus.Pass, (await VerifyAsync(World.ContentOf(stored))).Status);
        }
    }

    [Theory]
    [InlineData("", "not a private key for RSA or Ed25519")]
    [InlineData("hello", "not a private key for RSA or Ed25519")]
    public void A_file_without_a_key_is_refused_and_its_content_not_shown(string content, string error)
    {
        File.WriteAllText(_file, content);
        var fault = Assert.Throws<StartFailureException>(() => SealKeyFile.Read(_file));
        Assert.Equal($"Inbound:Seal:Key is '{_file}', which cannot be used: {error}; {Allowed}", fault.Message);
    }

    [Theory]
    [InlineData(70_000, "has more than 65536 octets")]
    [InlineData(0xFF, "is not UTF-8")]
    public void A_file_that_cannot_be_a_key_is_refused(int length, string error)
    {
        File.WriteAllBytes(_file, [.. Enumerable.Repeat(length > 0xFF ? (byte)'a' : (byte)0xFF, length)]);
        var fault = Assert.Throws<StartFailureException>(() => SealKeyFile.Read(_file));
        Assert.Equal($"Inbound:Seal:Key is '{_file}', which {error}; {Allowed}", fault.Message);
    }

    [Fact]
    public void A_missing_file_is_named()
    {
        var missing = _folder["missing"];
        Assert.StartsWith(
            $"Inbound:Seal:Key is '{missing}', which cannot be read: ",
            Assert.Throws<StartFailureException>(() => SealKeyFile.Read(missing)).Message,
            StringComparison.Ordinal);
    }

    private ZoneDns Dns => new ZoneDns().Text("x.test", "v=spf1 ip4:192.0.2.0/24 -all").Text("arc1._domainkey.seal.test", _record);

    private World NewWorld(SessionChecks? checks = null) => new(
        inbound: new InboundOptions
        {
            Domains = [DomainPattern.Parse("y.test")],
            Seal = new SealOptions { Domain = "seal.test", Selector = "arc1", Key = _file },
        },
        dns: Dns, checks: checks);

    private async Task<IReadOnlyList<string>> ReceiveAsync(string content, SessionChecks? checks = null)
    {
        var worlds = await ReplayAsync(
            "S: 220 *\nC: HELO c\nS: 250 *\nC: MAIL FROM:<a@x.test>\nS: 250 *\nC: RCPT TO:<b@y.test>\nS: 250 *\nC: DATA\nS: 354 *\n"
            + $"C: {content}\nC: .\nS: 250 2.0.0 Ok: queued as *", () => NewWorld(checks), World.Untrusted);
        return [.. worlds.Select(world => World.ContentOf(Assert.Single(world.Submission.Stored)))];
    }

    private async Task<ArcResult> VerifyAsync(string content) => await ArcVerifier.VerifyAsync(
        MessageHeader.Read(new ReadOnlySequence<byte>(Encoding.UTF8.GetBytes(content))), Dns, World.Noon, default);

    private sealed class AddsField : ISessionCheck<MessageSubject>
    {
        public string Name => "adds a field";

        public Verdict? Judge(MessageSubject subject) => Verdict.AcceptWith("Reply-To", "added@x.test");
    }
}
