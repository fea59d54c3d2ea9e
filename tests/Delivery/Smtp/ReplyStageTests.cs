using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;
using Xunit;
using static Postfleet.Delivery.Tests.Smtp.Dialogue;

namespace Postfleet.Delivery.Tests.Smtp;

/// <summary>A reply records its command or stage for reports.</summary>
public sealed class ReplyStageTests
{
    private static readonly (string Command, ReplyStage Stage)[] Commands =
    [
        ("C: MAIL FROM:<from@a.test>", ReplyStage.Mail), ("C: RCPT TO:<r0@b.test>", ReplyStage.Recipient), ("C: DATA", ReplyStage.Data),
        ("C: *DATA*", ReplyStage.EndOfData),
    ];

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task A_refusal_names_its_command(int refused)
    {
        foreach (var isPipelined in (bool[])[false, true])
        {
            var isEnd = refused == Commands.Length - 1;
            List<string> script = ["S: 220 mx", "C: EHLO client.test", isPipelined ? "S: 250-mx|250 PIPELINING" : "S: 250 mx"];
            if (isPipelined)
            {
                script.AddRange(Commands[..3].Select(command => command.Command));
                script.Add("S: "
                    + string.Join('|', Enumerable.Range(0, 3).Select(i => i < refused ? (i == 2 ? "354 go" : "250 ok") : "550 5.7.1 no")));
                if (isEnd) script.AddRange([Commands[3].Command, "S: 550 5.7.1 no"]);
            }
            else
            {
                for (var i = 0; i <= refused; i++)
                    script.AddRange([Commands[i].Command, i == refused ? "S: 550 5.7.1 no" : i == 2 ? "S: 354 go" : "S: 250 ok"]);
            }

            if (!isEnd) script.AddRange(["C: RSET", "S: 250 ok"]);
            var dialogue = new Dialogue(0, [.. script]);
            var connection = await dialogue.ConnectedAsync();
            var result = await connection.SendAsync(Part(), RecipientSet.All(1), default);
            await dialogue.EndAsync();
            Assert.Equal(
                (Disposition.Failed, new SmtpReply(550, new EnhancedStatus(5, 7, 1), "no") { Stage = Commands[refused].Stage }),
                (Assert.Single(result.Outcomes).Disposition, result.Outcomes[0].Reply));
        }
    }

    [Fact]
    public async Task A_refusal_in_the_greeting_or_hello_names_its_stage()
    {
        foreach (var (script, expected) in (IEnumerable<(string[], string)>)
            [
                (["S: 554 5.7.1 go away", "C: QUIT", "S: 221 bye"], "mx.b.test[192.0.2.1]:25 said in its greeting: 554 5.7.1 go away"),
                (["S: 220 mx", "C: EHLO client.test", "S: 421 4.3.2 busy"],
                    "mx.b.test[192.0.2.1]:25 said in reply to EHLO: 421 4.3.2 busy"),
                (["S: 220 mx", "C: EHLO client.test", "S: 502 no", "C: HELO client.test", "S: 450 4.7.1 later"],
                    "mx.b.test[192.0.2.1]:25 said in reply to HELO: 450 4.7.1 later"),
            ])
        {
            var dialogue = new Dialogue(0, script);
            var refused = Assert.IsType<Postfleet.Delivery.Smtp.ConnectResult.Refused>(await dialogue.ConnectAsync());
            Assert.Equal(expected, refused.Reply.Text);
            // The rules for replies see what the host itself has said.
            var stage = expected.Contains("greeting", StringComparison.Ordinal) ? ReplyStage.Greeting : ReplyStage.Hello;
            Assert.Equal((stage, "mx.b.test[192.0.2.1]:25"), (refused.Told!.Reply.Stage, refused.Told.Host));
            Assert.EndsWith(refused.Told.Reply.ToString(), expected, StringComparison.Ordinal);
        }
    }
}
