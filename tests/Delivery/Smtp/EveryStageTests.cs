using Postfleet.Core.Queueing;
using Postfleet.Delivery.Smtp;
using Xunit;
using static Postfleet.Delivery.Tests.Smtp.Dialogue;

namespace Postfleet.Delivery.Tests.Smtp;

/// <summary>
/// A peer closes, fails or violates the protocol instead of a reply: for each reply no mail is lost or returned, and the connection is
/// closed.
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
    public async Task A_failure_of_the_peer_at_any_stage_defers_the_mail(int stage, string death)
    {
        // A peer closes the connection after 421 or half a reply.
        string[] after = death is "S: *HANG*" or "S: *DROP*" or "S: *RESET*" or "S: what?" ? [] : ["S: *DROP*"];
        var dialogue = new Dialogue(0, [.. Script[..stage], death, .. after]);
        // The clock stands still once the connection is open: a connection that waits may be stale.
        var connecting = dialogue.ConnectAsync();
        var result = stage > 2 ? await connecting : await dialogue.WaitAsync(connecting);
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
        // No QUIT is sent on a dead connection: the script would fail.
        await connection.QuitAsync();
        await dialogue.EndAsync();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    [InlineData(4)]
    [InlineData(6)]
    [InlineData(8)]
    public async Task An_extra_reply_is_detected_before_the_content(int stage)
    {
        // From the extra reply on, each reply is read as the reply to the next command, so the reply to DATA is not 354.
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
