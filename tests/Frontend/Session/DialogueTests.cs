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
    public async Task A_message_is_taken()
    {
        var worlds = await Dialogue.ReplayAsync("""
            S: 220 mx.example.org ESMTP Postfleet
            C: EHLO client.example
            S: 250-mx.example.org
            S: 250-PIPELINING
            S: 250-SIZE 25000000
            S: 250-8BITMIME
            S: 250-SMTPUTF8
            S: 250-CHUNKING
            S: 250-DSN
            S: 250-LIMITS MAILMAX=100000 RCPTMAX=1000
            S: 250 ENHANCEDSTATUSCODES
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
            var message = Assert.Single(world.Spool.Stored);
            var content = Encoding.Latin1.GetString(message.Content.Octets.ToArray());
            Assert.Equal(
                $"{Received}{message.Id}\r\n\tfor <b@y.test>;\r\n\tWed, 4 Mar 2026 12:00:00 +0000\r\nSubject: hi\r\n\r\n.stuffed\r\ngr\u00fc\u00dfe\r\n",
                content);
            Assert.Equal("a@x.test", message.Envelope.ReversePath?.Address);
            Assert.Equal(content.Length, message.Envelope.Size);
            Assert.True(message.Envelope.HasEightBitContent);
            Assert.Equal("127.0.0.1", message.Envelope.ClientAddress);
            Assert.Equal("client.example", message.Envelope.ClientName);
            Assert.Equal(world.Time.GetUtcNow(), message.AcceptedAt);
        }
    }

    [Fact]
    public async Task After_the_clock_was_set_a_message_is_stamped_with_its_time_and_accepted_by_what_has_passed()
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
        foreach (var message in worlds.Select(world => Assert.Single(world.Spool.Stored)))
        {
            Assert.Contains("Wed, 4 Mar 2026 10:00:00 +0000\r\n", Encoding.Latin1
                .GetString(message.Content.Octets.ToArray()), StringComparison.Ordinal);
            Assert.Equal(noon, message.AcceptedAt);
        }
    }

    [Fact]
    public async Task What_is_asked_of_reports_is_stored_with_the_message()
    {
        var worlds = await Dialogue.ReplayAsync("""
            S: 220 *
            C: EHLO client.example
            S: 250-mx.example.org
            S: 250-PIPELINING
            S: 250-SIZE 25000000
            S: 250-8BITMIME
            S: 250-SMTPUTF8
            S: 250-CHUNKING
            S: 250-DSN
            S: 250-LIMITS MAILMAX=100000 RCPTMAX=1000
            S: 250 ENHANCEDSTATUSCODES
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
                ("QQ+2B1", ReturnContent.Headers), (world.Spool.Stored[0].Envelope.EnvelopeId, world.Spool.Stored[0].Envelope.Return));
            var part = Assert.Single(world.Spool.Stored[0].Parts).Envelope;
            Assert.Equal([new DsnRequest(NotifyOn.Success | NotifyOn.Delay, "rfc822;b+2Bt@y.test"), DsnRequest.None], part.Requests);
            Assert.Equal(
                ("", ReturnContent.Unspecified), (world.Spool.Stored[1].Envelope.EnvelopeId, world.Spool.Stored[1].Envelope.Return));
            Assert.Empty(world.Spool.Stored[1].Parts[0].Envelope.Requests);
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
            Assert.Equal(2, world.Spool.Stored.Count);
            Assert.Null(world.Spool.Stored[0].Envelope.ReversePath);
            Assert.Contains(" with SMTP id ", Content(world, 0), StringComparison.Ordinal);
            Assert.DoesNotContain("for <", Content(world, 0), StringComparison.Ordinal);
            Assert.EndsWith("\r\nfirst\r\n", Content(world, 0), StringComparison.Ordinal);
            Assert.EndsWith("\r\nsecond\r\n", Content(world, 1), StringComparison.Ordinal);
        }
    }

    [Fact]
    public Task Commands_have_their_order() => Dialogue.ReplayAsync("""
        S: 220 *
        C: MAIL FROM:<a@x.test>
        S: 503 5.5.1 Send HELO or EHLO first
        C: RSET
        S: 250 2.0.0 Ok
        C: MAIL FROM:<a@x.test>
        S: 503 5.5.1 Send HELO or EHLO first
        C: HELO c
        S: 250 mx.example.org
        C: RCPT TO:<b@y.test>
        S: 503 5.5.1 MAIL command needed
        C: DATA
        S: 503 5.5.1 MAIL command needed
        C: mail from:<a@x.test>
        S: 250 2.1.0 Ok
        C: MAIL FROM:<a@x.test>
        S: 503 5.5.1 Nested MAIL command
        C: DATA
        S: 503 5.5.1 RCPT command needed
        C: RCPT TO:<nobody>
        S: 501 5.1.3 *
        C: DATA
        S: 554 5.5.1 No valid recipients
        C: rcpt to:<b@y.test>
        S: 250 2.1.5 Ok
        C: MAIL FROM:<a@x.test>
        S: 503 5.5.1 Nested MAIL command
        C: RSET
        S: 250 2.0.0 Ok
        C: RCPT TO:<b@y.test>
        S: 503 5.5.1 MAIL command needed
        C: MAIL FROM:<a@x.test>
        S: 250 2.1.0 Ok
        C: EHLO again
        S: 250-mx.example.org
        S: 250-PIPELINING
        S: 250-SIZE 25000000
        S: 250-8BITMIME
        S: 250-SMTPUTF8
        S: 250-CHUNKING
        S: 250-DSN
        S: 250-LIMITS MAILMAX=100000 RCPTMAX=1000
        S: 250 ENHANCEDSTATUSCODES
        C: RCPT TO:<b@y.test>
        S: 503 5.5.1 MAIL command needed
        """);

    [Fact]
    public Task An_address_that_is_only_long_is_called_long()
    {
        var longest = $"{new string('l', 247)}@x.test";
        return Dialogue.ReplayAsync($"""
            S: 220 *
            C: HELO c
            S: 250 *
            C: MAIL FROM:<l{longest}>
            S: 501 5.1.7 Sender address is longer than 254 octets
            C: MAIL FROM:<{longest}>
            S: 250 2.1.0 Ok
            C: RCPT TO:<l{longest}>
            S: 501 5.1.3 Recipient address is longer than 254 octets
            C: RCPT TO:<{longest}>
            S: 250 2.1.5 Ok
            """);
    }

    [Fact]
    public Task A_parameter_that_is_refused_is_named_in_printable_characters_and_cut() => Dialogue.ReplayAsync($"""
        S: 220 *
        C: HELO c
        S: 250 *
        C: MAIL FROM:<a@x.test> SIZE=1 A\xffB\x1b\x00\x09=\xc3\xbc
        S: 555 5.5.4 Parameter not recognized or not implemented: A?B???=??
        C: MAIL FROM:<a@x.test> SIZE={new string('x', 1000)}
        S: 501 5.5.4 Parameter value is not valid: SIZE={new string('x', 75)}
        C: MAIL FROM:<a@x.test>
        S: 250 2.1.0 Ok
        C: RCPT TO:<b@y.test> NOTIFY=NEVER {new string('y', 1000)}
        S: 555 5.5.4 Parameter not recognized or not implemented: {new string('y', 80)}
        """);

    [Fact]
    public Task Every_verb_has_its_answer() => Dialogue.ReplayAsync("""
        S: 220 *
        C: NOOP
        S: 250 2.0.0 Ok
        C: NOOP anything at all
        S: 250 2.0.0 Ok
        C: VRFY someone
        S: 252 2.0.0 *
        C: VRFY
        S: 501 5.5.4 *
        C: EXPN list
        S: 502 5.5.1 *
        C: HELP
        S: 214 2.0.0 *
        C: HELP MAIL
        S: 214 2.0.0 *
        C: HELO c
        S: 250 *
        C: HELO
        S: 501 5.5.4 *
        C: EHLO 
        S: 501 5.5.4 *
        C: BDAT 8 LAST
        C: 123456
        S: 503 5.5.1 MAIL command needed
        C: 
        S: 500 5.5.1 *
        C: RSET now
        S: 501 5.5.4 *
        C: DATA now
        S: 503 5.5.1 *
        C: QUIT now
        S: 501 5.5.4 *
        C: quit
        S: 221 2.0.0 Bye
        S. 
        """);

    [Fact]
    public Task A_bare_line_end_in_a_command_is_refused_with_all_of_its_line() => Dialogue.ReplayAsync("""
        S: 220 *
        C: HELO c
        S: 250 mx.example.org
        C: NOOP\rQUIT
        S: 500 5.5.2 Lines must end with <CR><LF>
        C: NOOP\r
        S: 500 5.5.2 Lines must end with <CR><LF>
        C: NOOP
        S: 250 2.0.0 Ok
        """);

    [Theory]
    [InlineData("NOOP\\n")]
    [InlineData("NOOP\\nQUIT\\r\\n")]
    [InlineData("\\n")]
    public Task A_stranger_s_line_that_ends_with_LF_alone_is_answered_at_once_and_ends_the_session(string said) => Dialogue.ReplayAsync(
        $"S: 220 *\nC: HELO c\nS: 250 mx.example.org\nC| {said}\nS: 500 5.5.2 Lines must end with <CR><LF>\nS. ", client: World.Stranger);

    [Fact]
    public Task A_trusted_client_s_lines_may_end_with_LF_alone() => Dialogue.ReplayAsync("""
        S: 220 *
        C| HELO c\nMAIL FROM:<a@x.test>\n
        S: 250 mx.example.org
        S: 250 2.1.0 Ok
        C| RCPT TO:<b@y.test>\nQUIT\n
        S: 250 2.1.5 Ok
        S: 221 2.0.0 Bye
        S. 
        """);

    [Fact]
    public Task A_line_may_have_2048_octets_and_no_more()
    {
        var longest = new string('x', 2048 - 2 - "NOOP ".Length);
        return Dialogue.ReplayAsync($"""
            S: 220 *
            C: NOOP {longest}
            S: 250 2.0.0 Ok
            C: NOOP {longest}x
            S: 500 5.5.2 Line too long
            C: NOOP {longest}{longest}{longest}\rQUIT
            S: 500 5.5.2 Line too long
            C: NOOP
            S: 250 2.0.0 Ok
            """);
    }

    [Fact]
    public async Task An_unfinished_line_is_not_obeyed_when_the_client_goes()
    {
        var world = new World();
        await using var client = new MemoryClient(world);
        await client.ExpectAsync("220 *");
        await client.SendAsync("NOOP\r\nNOO");
        client.Finish();
        await client.ExpectAsync("250 2.0.0 Ok");
        await client.ExpectEndAsync();
    }

    [Fact]
    public async Task All_that_came_before_the_client_went_is_answered()
    {
        var world = new World();
        await using var client = new MemoryClient(world);
        await client.ExpectAsync("220 *");
        await client.SendAsync("HELO c\r\nMAIL FROM:<a@x.test>\r\nRCPT TO:<b@y.test>\r\nDATA\r\nhi\r\n.\r\nNOOP\r\n");
        client.Finish();
        await client.ExpectAsync("250 *", "250 2.1.0 Ok", "250 2.1.5 Ok", "354 *", "250 2.0.0 Ok: queued as *", "250 2.0.0 Ok");
        await client.ExpectEndAsync();
        Assert.Single(world.Spool.Stored);
    }

    private static string Content(World world, int index) => Encoding.Latin1.GetString(world.Spool.Stored[index].Content.Octets.ToArray());
}
