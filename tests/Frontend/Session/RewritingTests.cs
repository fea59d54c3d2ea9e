using Postfleet.Core.Mail;
using Postfleet.Frontend.Options;
using Postfleet.Frontend.Rewriting;
using Postfleet.Frontend.Tests.Fixtures;
using Postfleet.Frontend.Tests.Recipients;
using Xunit;
using static Postfleet.Frontend.Tests.Fixtures.Dialogue;

namespace Postfleet.Frontend.Tests.Session;

/// <summary>Rewriting in sessions: recipients at RCPT, the reverse-path and the header when the message is accepted.</summary>
public sealed class RewritingTests
{
    private const string Entries = "a@x.test ann@new.test\n@old.test @hosted.example";

    private const string Transcript =
        """
        S: 220 *
        C: EHLO c
        S: 250-*
        S: 250-*
        S: 250-*
        S: 250-*
        S: 250-*
        S: 250-*
        S: 250-*
        S: 250-*
        S: 250 *
        C: MAIL FROM:<a@x.test>
        S: 250 *
        C: RCPT TO:<b@old.test> NOTIFY=DELAY
        S: 250 2.1.5 Ok
        C: RCPT TO:<b@hosted.example>
        S: 250 2.1.5 Ok
        C: RCPT TO:<b@sub.mask.test>
        S: 550 5.7.1 Relaying denied
        C: DATA
        S: 354 *
        C: From: <a@x.test>
        C: To: b@old.test, c@sub.mask.test
        C: 
        C: a@x.test
        C: .
        S: 250 2.0.0 Ok: queued as *
        """;

    [Fact]
    public async Task Envelope_and_header_have_the_new_addresses()
    {
        var worlds = await ReplayAsync(Transcript, () => NewWorld(ListenerOptions.Relay), World.Untrusted);
        var message = Assert.Single(worlds[0].Submission.Stored);
        Assert.Equal("ann@new.test", message.Envelope.ReversePath?.Address);
        var recipient = Assert.Single(message.Recipients);
        Assert.Equal("b@hosted.example", recipient.Address);
        Assert.Equal(new DsnRequest(NotifyOn.Delay, "rfc822;b@old.test"), message.Requests[recipient]);
        Assert.Equal(
            "X-Site: here\r\nFrom: <ann@new.test>\r\nTo: b@hosted.example, c@mask.test\r\n\r\na@x.test\r\n", World.BodyOf(message));
        Assert.Equal(message.Content.Length, message.Envelope.Size);
    }

    [Fact]
    public async Task Other_listeners_change_nothing()
    {
        var dialogue = Transcript.Replace("RCPT TO:<b@old.test> NOTIFY=DELAY", "RCPT TO:<b@hosted.example>", StringComparison.Ordinal);
        var worlds = await ReplayAsync(dialogue, () => NewWorld(ListenerOptions.Inbound), World.Untrusted);
        var message = Assert.Single(worlds[0].Submission.Stored);
        Assert.Equal("a@x.test", message.Envelope.ReversePath?.Address);
        Assert.Equal("From: <a@x.test>\r\nTo: b@old.test, c@sub.mask.test\r\n\r\na@x.test\r\n", World.BodyOf(message));
    }

    private static World NewWorld(string service) => new(rewriter: new Rewriter(
        new RewritingOptions
        {
            Services = [service],
            Masquerade = ["mask.test"],
            Headers = [new() { Name = "X-Site", Action = HeaderAction.Add, Value = "here" }],
        }, Tables.Of(Entries)));
}
