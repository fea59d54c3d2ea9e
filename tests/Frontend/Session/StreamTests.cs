using Postfleet.Core.Queueing;
using Postfleet.Core.Users;
using Postfleet.Frontend.Session;
using Postfleet.Frontend.Tests.Fixtures;
using Postfleet.Frontend.Tests.Users;
using Xunit;
using static Postfleet.Frontend.Tests.Fixtures.Dialogue;

namespace Postfleet.Frontend.Tests.Session;

/// <summary>The stream of a message: the header field, the user, the listener.</summary>
public sealed class StreamTests
{
    private static readonly StreamSet Configured = new([("bulk", 1), ("transactional", 10)]);

    [Theory]
    [InlineData(null, null, "", "default", null)]
    [InlineData(null, null, "bulk", "bulk", null)]
    [InlineData(null, "", "bulk", "bulk", null)]
    [InlineData(null, "news transactional", "bulk", "news", null)]
    [InlineData("transactional", null, "bulk", "transactional", null)]
    [InlineData("default", null, "bulk", "default", null)]
    [InlineData("own", null, "own", "own", null)]
    [InlineData("other", null, "bulk", "other", "550 5.7.1 The stream other is not configured")]
    [InlineData("transactional", "news transactional", "bulk", "transactional", null)]
    [InlineData("news", "news", "", "news", null)]
    [InlineData("bulk", "news", "bulk", "bulk", "550 5.7.1 The user may not send in the stream bulk")]
    [InlineData("default", "news", "", "default", "550 5.7.1 The user may not send in the stream default")]
    [InlineData("bulk", "", "", "bulk", "550 5.7.1 The user may not send in the stream bulk")]
    [InlineData("bulk", "", "bulk", "bulk", null)]
    public void Field_goes_before_user_and_user_before_listener(
        string? given, string? userStreams, string listener, string expected, string? refusal)
    {
        var user = userStreams is null ? null
            : new MailUser("alice") { Streams = userStreams.Split(' ', StringSplitOptions.RemoveEmptyEntries) };
        Assert.Equal(refusal, StreamChoice.Refusal(given, user, listener, Configured, out var stream));
        Assert.Equal(expected, stream);
    }

    [Fact]
    public void Without_configured_streams_a_client_can_choose_none() =>
        Assert.NotNull(StreamChoice.Refusal("bulk", null, "", StreamSet.None, out _));

    [Theory]
    [InlineData("C: X-Postfleet-Stream: transactional\n", "transactional")]
    [InlineData("C: x-postfleet-STREAM\\x09:\nC:  Bulk\n", "bulk")]
    [InlineData("", "news")]
    public async Task Stream_of_a_trusted_client_is_stored_and_its_field_removed(string field, string stream)
    {
        foreach (var world in await ReplayAsync(
            $"{UpToData}C: Subject: x\n{field}C: To: y\nC: \nC: hi\nC: .\nS: 250 2.0.0 Ok: queued as *{NextTransaction}", NewWorld))
        {
            var stored = Assert.Single(world.Submission.Stored);
            Assert.Equal(stream, stored.Stream);
            Assert.Equal("Subject: x\r\nTo: y\r\n\r\nhi\r\n", World.BodyOf(stored));
            Assert.Equal(stored.Content.Length, stored.Envelope.Size);
        }
    }

    [Fact]
    public async Task Field_is_removed_from_a_message_in_chunks()
    {
        const string field = "X-Postfleet-Stream : bulk\\r\\n";
        var worlds = await ReplayAsync(
            "S: 220 *\nC: HELO c\nS: 250 *\nC: MAIL FROM:<a@x.test>\nS: 250 *\nC: RCPT TO:<b@y.test>\nS: 250 *\n" +
            $"C| BDAT 10\\r\\n{field[..10]}\nS: 250 2.0.0 10 octets received\n" +
            $"C| BDAT 26 LAST\\r\\n{field[10..]}A: b\\r\\n\\r\\n.\nS: 250 2.0.0 Ok: queued as *", NewWorld);
        Assert.All(worlds, world =>
        {
            var stored = Assert.Single(world.Submission.Stored);
            Assert.Equal(("bulk", "A: b\r\n\r\n."), (stored.Stream, World.BodyOf(stored)));
        });
    }

    [Theory]
    [InlineData("X-Postfleet-Stream: transactional")]
    [InlineData("X-Postfleet-Stream : unknown")]
    [InlineData("X-Postfleet-Stream: a\nC: X-Postfleet-Stream: b")]
    [InlineData("X-Postfleet-Stream:")]
    public async Task Field_of_an_untrusted_client_is_removed_without_effect(string field)
    {
        var worlds = await ReplayAsync(
            $"{UpToData.Replace("b@y.test", "b@hosted.example", StringComparison.Ordinal)}C: {field}\nC: A: b\nC: \nC: .\n" +
            "S: 250 2.0.0 Ok: queued as *", NewWorld, World.Untrusted);
        foreach (var world in worlds)
        {
            var stored = Assert.Single(world.Submission.Stored);
            Assert.Equal(("news", "A: b\r\n\r\n"), (stored.Stream, World.BodyOf(stored)));
        }
    }

    [Theory]
    [InlineData("X-Postfleet-Stream: a\nC: X-Postfleet-Stream: a", "554 5.6.0 X-Postfleet-Stream must be given once, with 1 to 32 *")]
    [InlineData("X-Postfleet-Stream:", "554 5.6.0 X-Postfleet-Stream must be given once, with 1 to 32 *")]
    [InlineData("X-Postfleet-Stream: a.b", "554 5.6.0 X-Postfleet-Stream must be given once, with 1 to 32 *")]
    [InlineData("X-Postfleet-Stream: \\xe4", "554 5.6.0 X-Postfleet-Stream must be given once, with 1 to 32 *")]
    [InlineData("X-Postfleet-Stream: other", "550 5.7.1 The stream other is not configured")]
    public async Task Malformed_and_unknown_streams_are_refused_for_good(string field, string reply)
    {
        var worlds = await ReplayAsync($"{UpToData}C: {field}\nC: \nC: .\nS: {reply}{NextTransaction}", NewWorld);
        Assert.All(worlds, world => Assert.Empty(world.Submission.Stored));
    }

    [Theory]
    [InlineData("", "transactional", "250 ")]
    [InlineData("X-Postfleet-Stream: bulk\r\n", "bulk", "250 ")]
    [InlineData("X-Postfleet-Stream: news\r\n", null, "550 5.7.1 The user may not send in the stream news")]
    public async Task User_sends_in_the_streams_of_its_list(string field, string? stream, string reply)
    {
        var world = new SaslWorld(streams: Configured, stream: "news");
        world.Users.Put(world.Users["alice@x.test"] with { Streams = ["transactional", "bulk"] });
        Assert.StartsWith(reply, await SendAsync(world, field), StringComparison.Ordinal);
        Assert.Equal(stream, world.World.Submission.Stored.SingleOrDefault()?.Stream);
        Assert.All(
            world.World.Submission.Stored,
            stored => Assert.DoesNotContain("X-Postfleet", World.ContentOf(stored), StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public async Task Streams_that_are_withdrawn_while_the_content_arrives_refuse_it()
    {
        var world = new SaslWorld(streams: Configured);
        world.Users.Put(world.Users["alice@x.test"] with { Streams = ["transactional", "bulk"] });
        await using var client = await world.AuthenticateAsync();
        await client.SendAsync("MAIL FROM:<alice@x.test>\r\nRCPT TO:<b@y.test>\r\nDATA\r\n");
        for (var i = 0; i < 3; i++) Assert.Matches("^[23]", await client.ReadLineAsync());
        world.Users.Put(world.Users["alice@x.test"] with { Streams = ["bulk"] });
        await client.SendAsync($"X-Postfleet-Stream: transactional\r\n{SubmittedMessageTests.Complete}\r\nx\r\n.\r\n");
        Assert.Equal("550 5.7.1 The user may not send in the stream transactional", await client.ReadLineAsync());
        Assert.Empty(world.World.Submission.Stored);
    }

    [Fact]
    public async Task Hash_of_an_idempotency_key_has_the_chosen_stream()
    {
        var hashes = new List<string>();
        foreach (var field in new[] { "", "C: X-Postfleet-Stream: bulk\n", "C: X-Postfleet-Stream: transactional\n" })
        {
            var worlds = await ReplayAsync(
                $"{UpToData}C: X-Postfleet-Idempotency-Key: k\n{field}C: \nC: .\nS: 250 *", NewWorld);
            hashes.AddRange(worlds.Select(world => Convert.ToHexString(world.Submission.Stored.Single().Key!.Hash.Span)).Distinct());
        }

        Assert.Equal(3, hashes.Distinct().Count());
    }

    private static World NewWorld() => new(streams: Configured, stream: "news");

    private static async Task<string> SendAsync(SaslWorld world, string field)
    {
        await using var client = await world.AuthenticateAsync();
        await client.SendAsync("MAIL FROM:<alice@x.test>\r\nRCPT TO:<b@y.test>\r\nDATA\r\n");
        for (var i = 0; i < 3; i++) Assert.Matches("^[23]", await client.ReadLineAsync());
        await client.SendAsync($"{SubmittedMessageTests.Complete}{field}\r\nx\r\n.\r\n");
        return await client.ReadLineAsync() ?? "";
    }
}
