using System.Buffers;
using System.Text;
using Microsoft.Extensions.Time.Testing;
using Postfleet.Core.Clocks;
using Postfleet.Core.Mail;
using Postfleet.Frontend.Tests.Fixtures;
using Postfleet.Testing;
using Xunit;

namespace Postfleet.Frontend.Tests.Session;

/// <summary>Whole sessions as transcripts, each replayed whole, line by line and octet by octet.</summary>
public sealed class DialogueTests
{
    private const string Received = "Received: from client.example ([127.0.0.1])\r\n\tby mx.example.org with ESMTP id ";

    [Fact]
    public async Task A_message_is_accepted()
    {
        var worlds = await Dialogue.ReplayAsync($"""
            S: 220 mx.example.org ESMTP Postfleet
            C: EHLO client.example
            {Dialogue.Capabilities}
            C: MAIL FROM:<a@x.test> SIZE=1000 BODY=8BITMIME
            S: 250 2.1.0 Ok
            C: RCPT TO:<b@y.test>
            S: 250 2.1.5 Ok
            C: DATA
            S: 354 End data with <CR><LF>.<CR><LF>
            C: Subject: hi
            C: 
            C: ..stuffed
            C: gr\xfc\xdfe
            C: .
            S: 250 2.0.0 Ok: queued as *
            C: QUIT
            S: 221 2.0.0 Bye
            S. 
            """);
        foreach (var world in worlds)
        {
            var message = Assert.Single(world.Submission.Stored);
            var content = Encoding.Latin1.GetString(message.Content.Octets.ToArray());
            Assert.Equal(
                $"{Received}{message.Id}\r\n\tfor <b@y.test>;\r\n\tWed, 4 Mar 2026 12:00:00 +0000\r\n" +
                "Subject: hi\r\n\r\n.stuffed\r\ngr\u00fc\u00dfe\r\n",
                content);
            Assert.Equal("a@x.test", message.Envelope.ReversePath?.Address);
            Assert.Equal(content.Length, message.Envelope.Size);
            Assert.True(message.Envelope.HasEightBitContent);
            Assert.Equal("127.0.0.1", message.Envelope.ClientAddress);
            Assert.Equal("client.example", message.Envelope.ClientName);
        }
    }

    [Fact]
    public async Task The_trace_header_has_wall_time_and_the_time_of_acceptance_is_steady()
    {
        var noon = new DateTimeOffset(2026, 3, 4, 12, 0, 0, TimeSpan.Zero);
        var worlds = await Dialogue.ReplayAsync(
            """
            S: 220 *
            C: HELO client.example
            S: 250 *
            C: MAIL FROM:<a@x.test>
            S: 250 *
            C: RCPT TO:<b@y.test>
            S: 250 *
            C: DATA
            S: 354 *
            C: Subject: hi
            C: .
            S: 250 *
            C: QUIT
            S: 221 *
            S. 
            """,
            () =>
            {
                var machine = new SteppedTime(new FakeTimeProvider(noon));
                var steady = new SteadyTimeProvider(machine);
                machine.Ahead = TimeSpan.FromHours(-2);
                return new World(time: steady);
            });
        foreach (var message in worlds.Select(world => Assert.Single(world.Submission.Stored)))
        {
            Assert.Contains("Wed, 4 Mar 2026 10:00:00 +0000\r\n", Encoding.Latin1
                .GetString(message.Content.Octets.ToArray()), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task DSN_requests_are_stored_with_the_message()
    {
        var worlds = await Dialogue.ReplayAsync($"""
            S: 220 *
            C: EHLO client.example
            {Dialogue.Capabilities}
            C: MAIL FROM:<a@x.test> SIZE=many
            S: 501 5.5.4 Parameter value is not valid: SIZE=many
            C: MAIL FROM:<a@x.test> RET=HDRS ENVID=QQ+2b1 AUTH=<>
            S: 250 2.1.0 Ok
            C: RCPT TO:<b@y.test> SOMETHING=ELSE
            S: 555 5.5.4 Parameter not recognized or not implemented: SOMETHING=ELSE
            C: RCPT TO:<b@y.test> NOTIFY=SUCCESS,DELAY ORCPT=rfc822;b+2Bt@y.test
            S: 250 2.1.5 Ok
            C: RCPT TO:<c@y.test>
            S: 250 2.1.5 Ok
            C: RCPT TO:<b@y.test> NOTIFY=NEVER
            S: 250 2.1.5 Ok
            C: DATA
            S: 354 *
            C: .
            S: 250 2.0.0 *
            C: MAIL FROM:<a@x.test>
            S: 250 2.1.0 Ok
            C: RCPT TO:<c@y.test>
            S: 250 2.1.5 Ok
            C: DATA
            S: 354 *
            C: .
            S: 250 2.0.0 *
            """);
        foreach (var world in worlds)
        {
            Assert.Equal(
                ("QQ+2B1", ReturnContent.Headers),
                (world.Submission.Stored[0].Envelope.EnvelopeId, world.Submission.Stored[0].Envelope.Return));
            var (recipient, request) = Assert.Single(world.Submission.Stored[0].Requests);
            Assert.Equal(world.Submission.Stored[0].Recipients[0], recipient);
            Assert.Equal(new DsnRequest(NotifyOn.Success | NotifyOn.Delay, "rfc822;b+2Bt@y.test"), request);
            Assert.Equal(
                ("", ReturnContent.Unspecified),
                (world.Submission.Stored[1].Envelope.EnvelopeId, world.Submission.Stored[1].Envelope.Return));
            Assert.Empty(world.Submission.Stored[1].Requests);
        }
    }

    [Fact]
    public async Task A_pipelined_group_is_answered_in_order()
    {
        var worlds = await Dialogue.ReplayAsync("""
            S: 220 *
            C: HELO client.example
            C: MAIL FROM:<>
            C: RCPT TO:<b@y.test>
            C: RCPT TO:<not an address>
            C: RCPT TO:<c@y.test>
            C: DATA
            S: 250 mx.example.org
            S: 250 2.1.0 Ok
            S: 250 2.1.5 Ok
            S: 501 5.1.3 *
            S: 250 2.1.5 Ok
            S: 354 *
            C: first
            C: .
            C: MAIL FROM:<a@x.test>
            C: RCPT TO:<b@y.test>
            C: DATA
            C: second
            C: .
            C: QUIT
            S: 250 2.0.0 Ok: queued as *
            S: 250 2.1.0 Ok
            S: 250 2.1.5 Ok
            S: 354 *
            S: 250 2.0.0 Ok: queued as *
            S: 221 2.0.0 Bye
            S. 
            """);
        foreach (var world in worlds)
        {
            Assert.Equal(2, world.Submission.Stored.Count);
            Assert.Null(world.Submission.Stored[0].Envelope.ReversePath);
            Assert.Contains(" with SMTP id ", World.ContentOf(world.Submission.Stored[0]), StringComparison.Ordinal);
            Assert.DoesNotContain("for <", World.ContentOf(world.Submission.Stored[0]), StringComparison.Ordinal);
            Assert.EndsWith("\r\nfirst\r\n", World.ContentOf(world.Submission.Stored[0]), StringComparison.Ordinal);
            Assert.EndsWith("\r\nsecond\r\n", World.ContentOf(world.Submission.Stored[1]), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task All_commands_are_answered_when_the_client_stops_sending()
    {
        var world = new World();
        await using var client = new MemoryClient(world);
        await client.ExpectAsync("220 *");
        await client.SendAsync("HELO c\r\nMAIL FROM:<a@x.test>\r\nRCPT TO:<b@y.test>\r\nDATA\r\nhi\r\n.\r\nNOOP\r\n");
        client.Finish();
        await client.ExpectAsync("250 *", "250 2.1.0 Ok", "250 2.1.5 Ok", "354 *", "250 2.0.0 Ok: queued as *", "250 2.0.0 Ok");
        await client.ExpectEndAsync();
        Assert.Single(world.Submission.Stored);
    }
}
