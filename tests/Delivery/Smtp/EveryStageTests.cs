using Postfleet.Core.Queueing;
using Postfleet.Delivery.Smtp;
using Xunit;
using static Postfleet.Delivery.Tests.Smtp.Dialogue;

namespace Postfleet.Delivery.Tests.Smtp;

/// <summary>
/// A peer that goes, breaks or says nonsense instead of its answer, whichever answer it is: nothing is lost, nothing is returned, and the
/// connection is left.
/// </summary>
public class EveryStageTests
{
    private static readonly string[] Script =
    [
        "S: 220 mx", "C: EHLO client.test", "S: 250 mx", "C: MAIL FROM:<from@a.test>", "S: 250 ok", "C: RCPT TO:<r0@b.test>", "S: 250 ok",
        "C: RCPT TO:<r1@b.test>", "S: 250 ok", "C: DATA", "S: 354 go", "C: *DATA*", "S: 250 taken",
    ];

    public static TheoryData<int, string> Stages
    {
        get
        {
            string[] deaths = ["S: *DROP*", "S: *RESET*", "S: *HANG*", "S: what?", "S: 421 4.3.2 closing",
                "S: 421-4.3.2 closing|421 4.3.2 now", "S: 250-half an answer"];
            var data = new TheoryData<int, string>();
            foreach (var stage in Enumerable.Range(0, Script.Length).Where(i => Script[i][0] == 'S'))
                foreach (var death in deaths) data.Add(stage, death);
            return data;
        }
    }

    [Theory, MemberData(nameof(Stages))]
    public async Task A_peer_that_ends_at_any_stage_costs_a_delay_and_no_mail(int stage, string death)
    {
        // Who says 421 or half an answer goes then.
        string[] after = death is "S: *HANG*" or "S: *DROP*" or "S: *RESET*" or "S: what?" ? [] : ["S: *DROP*"];
        var dialogue = new Dialogue(0, [.. Script[..stage], death, .. after]);
        var result = await dialogue.WaitAsync(dialogue.ConnectAsync());
        if (result is ConnectResult.Refused refused)
        {
            Assert.True(refused.Reply.IsTransient);
            Assert.True(stage <= 2);
            await dialogue.EndAsync();
            return;
        }

        Assert.True(stage > 2);
        await using var connection = Assert.IsType<ConnectResult.Connected>(result).Connection;
        var sent = await dialogue.WaitAsync(connection.SendAsync(Part(2), RecipientSet.All(2), default).AsTask());
        Assert.Equal(2, sent.Outcomes.Sum(outcome => outcome.Recipients.Count));
        Assert.All(sent.Outcomes, outcome => Assert.Equal((Disposition.Deferred, 4), (outcome.Disposition, outcome.Reply.Code / 100)));
        Assert.False(connection.IsUsable);
        // Nobody says goodbye to who has gone: the script would fail at it.
        await connection.QuitAsync();
        await dialogue.EndAsync();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    [InlineData(4)]
    [InlineData(6)]
    [InlineData(8)]
    public async Task A_peer_that_answers_once_too_often_is_found_out_before_it_gets_the_content(int stage)
    {
        // From there on each answer is taken for that of the next question, and the one to DATA is not what it should be.
        var dialogue = new Dialogue(
            0, [.. Script[..stage], $"{Script[stage]}|{Script[stage][3..]}", .. Script[(stage + 1)..11], "C: RSET"]);
        var connection = await dialogue.ConnectedAsync();
        var sent = await dialogue.WaitAsync(connection.SendAsync(Part(2), RecipientSet.All(2), default).AsTask());
        await dialogue.EndAsync();
        Assert.Equal("4.5.0", Assert.Single(sent.Outcomes).Reply.Status.ToString());
        Assert.Equal(2, sent.Outcomes[0].Recipients.Count);
        Assert.False(connection.IsUsable);
    }
}
