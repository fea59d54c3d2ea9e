using Postfleet.Contracts.Queueing;
using Postfleet.Core.Queueing;
using Postfleet.Frontend.Tests.Fixtures;
using Xunit;
using static Postfleet.Frontend.Tests.Fixtures.Dialogue;

namespace Postfleet.Frontend.Tests.Session;

/// <summary>The idempotency key in the header of a message.</summary>
public sealed class IdempotencyTests
{
    private const string Keyed = "C: Subject: x\nC: X-Postfleet-Idempotency-Key: k 1\nC: To: y\nC: \nC: hi\nC: .\n";

    [Fact]
    public async Task Key_of_a_trusted_client_is_stored_and_removed_from_the_message()
    {
        foreach (var world in await ReplayAsync($"{UpToData}{Keyed}S: 250 2.0.0 Ok: queued as *{NextTransaction}"))
        {
            var stored = Assert.Single(world.Submission.Stored);
            Assert.Equal(("smtp:relay", "k 1", 32), (stored.Key!.Owner, stored.Key.Key, stored.Key.Hash.Length));
            Assert.Equal("Subject: x\r\nTo: y\r\n\r\nhi\r\n", World.BodyOf(stored));
            Assert.Equal(stored.Content.Length, stored.Envelope.Size);
        }
    }

    [Fact]
    public async Task Key_of_an_untrusted_client_is_removed_without_effect()
    {
        var worlds = await ReplayAsync(
            $"{UpToData.Replace("b@y.test", "b@hosted.example", StringComparison.Ordinal)}C: X-Postfleet-Idempotency-Key: \nC: \nC: .\n" +
            "S: 250 2.0.0 Ok: queued as *", client: World.Untrusted);
        foreach (var world in worlds)
        {
            var stored = Assert.Single(world.Submission.Stored);
            Assert.Null(stored.Key);
            Assert.Equal("\r\n", World.BodyOf(stored));
        }
    }

    [Fact]
    public async Task Repetition_is_acknowledged_with_the_id_of_the_first_message()
    {
        var first = MessageId.New(DateTimeOffset.UnixEpoch);
        var worlds = await ReplayAsync(
            $"{UpToData}{Keyed}S: 250 2.0.0 Ok: queued as {first}{NextTransaction}",
            () => WorldWith(StoreResult.StoredBefore(first)));
        Assert.All(worlds, world => Assert.Single(world.Log.Of("repeated")));
        Assert.All(worlds, world => Assert.Empty(world.Log.Of("accepted")));
    }

    [Fact]
    public Task Another_message_with_the_key_is_refused_for_good() => ReplayAsync(
        $"{UpToData}{Keyed}S: 554 5.6.0 X-Postfleet-Idempotency-Key was used within 24 hours with *{NextTransaction}",
        () => WorldWith(StoreResult.KeyConflict));

    [Theory]
    [InlineData("C: X-Postfleet-Idempotency-Key: a\nC: X-Postfleet-Idempotency-Key: a\n")]
    [InlineData("C: X-Postfleet-Idempotency-Key:\n")]
    [InlineData("C: X-Postfleet-Idempotency-Key: \\xe4\n")]
    public async Task Malformed_key_is_refused_for_good(string header)
    {
        var worlds = await ReplayAsync(
            $"{UpToData}{header}C: \nC: .\nS: 554 5.6.0 X-Postfleet-Idempotency-Key must be given once, with *{NextTransaction}");
        Assert.All(worlds, world => Assert.Empty(world.Submission.Stored));
    }

    [Fact]
    public async Task Hash_is_of_envelope_and_content_without_the_trace_header_and_the_order_of_recipients()
    {
        var hashes = new[]
        {
            await HashAsync("<a@x.test>", "b@y.test c@y.test", "hi"), await HashAsync("<a@x.test>", "c@y.test b@y.test", "hi"),
            await HashAsync("<a@x.test>", "b@y.test", "hi"), await HashAsync("<b@x.test>", "b@y.test c@y.test", "hi"),
            await HashAsync("<a@x.test>", "b@y.test c@y.test", "ho"), await HashAsync("<a@x.test> RET=HDRS", "b@y.test c@y.test", "hi"),
        };
        Assert.Equal(hashes[0], hashes[1]);
        Assert.Equal(5, hashes.Distinct().Count());
    }

    private static World WorldWith(StoreResult result)
    {
        var world = new World();
        world.Submission.Result = result;
        return world;
    }

    private static async Task<string> HashAsync(string sender, string recipients, string body)
    {
        var commands = string.Concat(recipients.Split(' ').Select(recipient => $"C: RCPT TO:<{recipient}>\nS: 250 *\n"));
        var worlds = await ReplayAsync(
            $"S: 220 *\nC: EHLO c\n{Capabilities}\nC: MAIL FROM:{sender}\nS: 250 *\n{commands}C: DATA\nS: 354 *\n" +
            $"C: X-Postfleet-Idempotency-Key: k\nC: \nC: {body}\nC: .\nS: 250 *");
        return Assert.Single(worlds.Select(world => Convert.ToHexString(Only(world).Key!.Hash.Span)).Distinct());
    }

    private static Submission Only(World world) => Assert.Single(world.Submission.Stored);
}
