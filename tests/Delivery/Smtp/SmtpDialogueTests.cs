using Postfleet.Core.Queueing;
using Postfleet.Delivery.Options;
using Xunit;
using static Postfleet.Delivery.Tests.Smtp.Dialogue;

namespace Postfleet.Delivery.Tests.Smtp;

/// <summary>Complete SMTP dialogues, each with replies whole (0), line by line (1) and octet by octet (2).</summary>
public sealed class SmtpDialogueTests : SmtpDialogueFixture
{
    [Theory, InlineData(0), InlineData(1), InlineData(2)]
    public async Task With_pipelining_a_transaction_is_sent_at_once_and_every_recipient_has_its_outcome(int pieces)
    {
        // All commands are expected before any reply: the client must not wait in between.
        var dialogue = new Dialogue(pieces, [.. Pipelined,
            "C: MAIL FROM:<from@a.test> SIZE=20", "C: RCPT TO:<r0@b.test>", "C: RCPT TO:<r1@b.test>", "C: RCPT TO:<r2@b.test>", "C: DATA",
            "S: 250 2.1.0 ok|250 2.1.5 ok|550 5.1.1 no such user|450 4.2.0 later|354 go", "C: *DATA*", "S: 250 2.0.0 taken"]);
        var connection = await dialogue.ConnectedAsync();
        var result = await connection.SendAsync(Part(3), RecipientSet.All(3), default);
        await dialogue.EndAsync();
        Assert.Equal(Disposition.Delivered, Fate(result, 0));
        Assert.Equal(Disposition.Failed, Fate(result, 1));
        Assert.Equal(Disposition.Deferred, Fate(result, 2));
        Assert.True(connection.IsUsable);
        Assert.All(result.Outcomes, outcome => Assert.Equal("mx.b.test[192.0.2.1]:25", outcome.RemoteHost));
    }

    [Theory, InlineData(0), InlineData(1), InlineData(2)]
    public async Task Without_pipelining_each_command_waits_for_the_previous_reply(int pieces)
    {
        var dialogue = new Dialogue(pieces, [.. Plain,
            "C: MAIL FROM:<from@a.test> SIZE=20", "S: 250 ok", "C: RCPT TO:<r0@b.test>", "S: 250 ok", "C: DATA", "S: 354 go", "C: *DATA*",
            "S: 250 taken",
            "C: MAIL FROM:<from@a.test> SIZE=20", "S: 250 ok", "C: RCPT TO:<r0@b.test>", "S: 550 no", "C: RSET", "S: 250 ok", "C: QUIT",
            "S: 221 bye"]);
        var connection = await dialogue.ConnectedAsync();
        Assert.Equal(Disposition.Delivered, Fate(await connection.SendAsync(Part(), RecipientSet.All(1), default), 0));
        Assert.Equal(Disposition.Failed, Fate(await connection.SendAsync(Part(), RecipientSet.All(1), default), 0));
        await connection.QuitAsync();
        await dialogue.EndAsync();
        Assert.Equal(2, connection.Messages);
    }

    [Theory]
    [InlineData("451 4.7.1 later", Disposition.Deferred)]
    [InlineData("550 5.7.1 never", Disposition.Failed)]
    [InlineData("354 what", Disposition.Deferred)]
    public async Task A_refused_sender_applies_to_all_recipients_and_the_connection_stays_open(string reply, Disposition expected)
    {
        var dialogue = new Dialogue(0, [.. Plain, "C: MAIL FROM:<from@a.test> SIZE=20", $"S: {reply}", "C: RSET", "S: 250 ok"]);
        var connection = await dialogue.ConnectedAsync();
        var result = await connection.SendAsync(Part(2), RecipientSet.All(2), default);
        await dialogue.EndAsync();
        Assert.Equal((expected, expected), (Fate(result, 0), Fate(result, 1)));
        Assert.True(connection.IsUsable);
    }

    [Fact]
    public async Task A_server_that_wants_content_without_recipients_gets_an_empty_message()
    {
        var dialogue = new Dialogue(0, [.. Pipelined, "C: MAIL FROM:<from@a.test> SIZE=20", "C: RCPT TO:<r0@b.test>", "C: DATA",
            "S: 250 ok|550 5.1.1 no|354 go", "C: .", "S: 554 nothing"]);
        var connection = await dialogue.ConnectedAsync();
        Assert.Equal(Disposition.Failed, Fate(await connection.SendAsync(Part(), RecipientSet.All(1), default), 0));
        await dialogue.EndAsync();
        Assert.True(connection.IsUsable);
    }

    [Fact]
    public async Task Recipients_beyond_the_limit_of_a_transaction_go_in_the_next_transaction()
    {
        var dialogue = new Dialogue(0, [.. Plain,
            "C: MAIL FROM:<from@a.test> SIZE=20", "S: 250 ok", "C: RCPT TO:<r0@b.test>", "S: 250 ok", "C: RCPT TO:<r1@b.test>",
            "S: 452 4.5.3 too many",
            "C: DATA", "S: 354 go", "C: *DATA*", "S: 250 one",
            "C: MAIL FROM:<from@a.test> SIZE=20", "S: 250 ok", "C: RCPT TO:<r2@b.test>", "S: 250 ok", "C: RCPT TO:<r1@b.test>", "S: 250 ok",
            "C: DATA", "S: 354 go", "C: *DATA*", "S: 250 two"])
        {
            Options = new DeliveryOptions { MaxRecipientsPerTransaction = 2 },
        };
        var connection = await dialogue.ConnectedAsync();
        var result = await connection.SendAsync(Part(3), RecipientSet.All(3), default);
        await dialogue.EndAsync();
        Assert.All(Enumerable.Range(0, 3), i => Assert.Equal(Disposition.Delivered, Fate(result, i)));
    }

    [Theory]
    [InlineData("452 who knows", Disposition.Deferred)]
    [InlineData("452 4.5.3 too many", Disposition.Deferred)]
    [InlineData("552 as RFC 821 had it", Disposition.Failed)]
    [InlineData("552 5.5.3 too many", Disposition.Failed)]
    public async Task Too_many_recipients_applies_only_after_an_accepted_recipient(string reply, Disposition alone)
    {
        string[] mail = ["C: MAIL FROM:<from@a.test> SIZE=20", "S: 250 ok"];
        var dialogue = new Dialogue(0, [.. Plain,
            .. mail, "C: RCPT TO:<r0@b.test>", "S: 250 ok", "C: RCPT TO:<r1@b.test>", $"S: {reply}", "C: DATA", "S: 354 go", "C: *DATA*",
            "S: 250 one",
            .. mail, "C: RCPT TO:<r1@b.test>", "S: 250 ok", "C: DATA", "S: 354 go", "C: *DATA*", "S: 250 two",
            .. mail, "C: RCPT TO:<r0@b.test>", $"S: {reply}", "C: RSET", "S: 250 ok"]);
        var connection = await dialogue.ConnectedAsync();
        var result = await connection.SendAsync(Part(2), RecipientSet.All(2), default);
        Assert.Equal((Disposition.Delivered, Disposition.Delivered), (Fate(result, 0), Fate(result, 1)));
        // If no recipient was accepted, the reply concerns the recipient and is kept unchanged.
        var last = await connection.SendAsync(Part(), RecipientSet.All(1), default);
        Assert.Equal((alone, reply), (Fate(last, 0), last.Outcomes[0].Reply.ToString()));
        await dialogue.EndAsync();
    }

    [Theory]
    [InlineData("452 4.2.2 mailbox full", Disposition.Deferred)]
    [InlineData("552 5.2.2 mailbox full", Disposition.Failed)]
    [InlineData("452 4.3.1 disk full", Disposition.Deferred)]
    public async Task A_full_mailbox_affects_only_its_recipient(string reply, Disposition expected)
    {
        var dialogue = new Dialogue(0, [.. Plain, "C: MAIL FROM:<from@a.test> SIZE=20", "S: 250 ok", "C: RCPT TO:<r0@b.test>", "S: 250 ok",
            "C: RCPT TO:<r1@b.test>", $"S: {reply}", "C: DATA", "S: 354 go", "C: *DATA*", "S: 250 one"]);
        var result = await (await dialogue.ConnectedAsync()).SendAsync(Part(2), RecipientSet.All(2), default);
        await dialogue.EndAsync();
        Assert.Equal((Disposition.Delivered, expected), (Fate(result, 0), Fate(result, 1)));
    }

    [Fact]
    public async Task Only_open_recipients_are_sent_to()
    {
        var dialogue = new Dialogue(0, [.. Plain, "C: MAIL FROM:<from@a.test> SIZE=20", "S: 250 ok", "C: RCPT TO:<r1@b.test>", "S: 250 ok",
            "C: DATA", "S: 354 go", "C: *DATA*", "S: 250 taken"]);
        var connection = await dialogue.ConnectedAsync();
        var result = await connection.SendAsync(Part(3), RecipientSet.Of(1), default);
        await dialogue.EndAsync();
        Assert.Equal(RecipientSet.Of(1), Assert.Single(result.Outcomes).Recipients);
    }

    [Fact]
    public async Task Eight_bit_content_is_declared_or_refused()
    {
        var offered = new Dialogue(
            0, [.. Pipelined, "C: MAIL FROM:<from@a.test> SIZE=20 BODY=8BITMIME", "C: RCPT TO:<r0@b.test>", "C: DATA",
            "S: 250 ok|250 ok|354 go", "C: *DATA*", "S: 250 taken"]);
        var result = await (await offered.ConnectedAsync()).SendAsync(Part(isEightBit: true), RecipientSet.All(1), default);
        await offered.EndAsync();
        Assert.Equal(Disposition.Delivered, Fate(result, 0));

        var refused = new Dialogue(0, Plain) { Options = new DeliveryOptions { EightBit = ContentRule.Refuse } };
        result = await (await refused.ConnectedAsync()).SendAsync(Part(isEightBit: true), RecipientSet.All(1), default);
        await refused.EndAsync();
        Assert.Equal((Disposition.Failed, "5.6.3", ""),
            (Fate(result, 0), result.Outcomes[0].Reply.Status.ToString(), result.Outcomes[0].RemoteHost));
    }

    [Fact]
    public async Task A_message_above_the_servers_size_limit_is_not_sent()
    {
        var dialogue = new Dialogue(0, Pipelined);
        var part = Part(content: new string('x', 1001));
        var result = await (await dialogue.ConnectedAsync()).SendAsync(part, RecipientSet.All(1), default);
        await dialogue.EndAsync();
        Assert.Equal((Disposition.Failed, "5.3.4", ""),
            (Fate(result, 0), result.Outcomes[0].Reply.Status.ToString(), result.Outcomes[0].RemoteHost));
    }
}
