using Postfleet.Frontend.Tests.Fixtures;
using Xunit;

namespace Postfleet.Frontend.Tests.Session;

/// <summary>Commands and their line ends, as transcripts. Each transcript is replayed whole, line by line and octet by octet.</summary>
public sealed class CommandDialogueTests
{
    [Fact]
    public Task Commands_out_of_order_are_refused() => Dialogue.ReplayAsync($"""
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
        {Dialogue.Capabilities}
        C: RCPT TO:<b@y.test>
        S: 503 5.5.1 MAIL command needed
        """);

    [Fact]
    public Task A_reply_to_a_long_address_names_its_length()
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
    public Task A_reply_names_the_refused_parameter_printable_and_truncated() => Dialogue.ReplayAsync($"""
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
    public Task Every_verb_has_a_reply() => Dialogue.ReplayAsync("""
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
    public Task A_line_with_a_bare_CR_is_refused_as_a_whole() => Dialogue.ReplayAsync("""
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
    public Task A_bare_LF_from_an_untrusted_client_ends_the_session_at_once(string input) => Dialogue.ReplayAsync(
        $"S: 220 *\nC: HELO c\nS: 250 mx.example.org\nC| {input}\nS: 500 5.5.2 Lines must end with <CR><LF>\nS. ", client: World.Untrusted);

    [Fact]
    public Task A_bare_LF_from_a_trusted_client_ends_a_line() => Dialogue.ReplayAsync("""
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
    public Task A_line_has_at_most_2048_octets()
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
    public async Task An_unfinished_line_is_ignored_when_the_client_leaves()
    {
        var world = new World();
        await using var client = new MemoryClient(world);
        await client.ExpectAsync("220 *");
        await client.SendAsync("NOOP\r\nNOO");
        client.Finish();
        await client.ExpectAsync("250 2.0.0 Ok");
        await client.ExpectEndAsync();
    }
}
