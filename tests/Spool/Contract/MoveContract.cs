using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;

namespace Postfleet.Spool.Tests.Contract;

/// <summary>The contract of the spool about parts that move to another queue, on every engine and in the fake.</summary>
public abstract class MoveContract : ContractBench
{
    private static readonly QueueKey Bulk = QueueKey.FromTrusted("bulk:a.test");

    private static readonly MovedPart State = new(RecipientSet.Of(1), 3, 1)
    {
        Tries = 2,
        Crashes = 1,
        Action = 17,
        IsDelayReported = true,
        IsHeld = true,
        LastReply = new SmtpReply(451, new EnhancedStatus(4, 7, 1), "later") { Stage = ReplyStage.Recipient },
        LastRemoteHost = "mx.a.test [192.0.2.1]",
    };

    private protected MoveContract(IContractPlace place) : base(place)
    {
    }

    [Fact]
    public async Task A_moved_part_is_unclaimed_in_its_new_queue_with_its_state()
    {
        var message = Mail.Message("a.test", "b.test");
        message = message with
        {
            Envelope = message.Envelope with { Priority = 3, DeliverBy = new(60, DeliverByMode.Notify, IsTraced: false) },
        };
        await StoreAsync(message);
        await Spool.MarkHandedOffAsync([message.Part()], default);
        Assert.Equal(new SettlementResult(Applied: true, IsReportDue: false), await MoveAsync(message.Part(), Bulk, State));
        Assert.Equal(2, await CountAsync("part"));
        var moved = message.Part() with { Queue = Bulk };
        var part = Assert.Single(await Spool.FindUnclaimedAsync(Mail.Noon.AddDays(1), null, 10, default), part => part.Id == moved).Part;
        Assert.Equal((3, DeliverByMode.Notify, 60), (part.Priority, part.DeliverByMode, part.DeliverWithin));
        Assert.Empty(await Spool.FindExistingAsync(message.Part().Queue, [message.Id], default));
        await ReopenAsync();
        Assert.Equal(State, Assert.Single(await Spool.FindExistingAsync(Bulk, [message.Id], default)).Value);
        var read = await Spool.ReadAsync(moved, default);
        Assert.Equal(message.Parts[0].Envelope.Recipients, read!.Part.Recipients);
        Assert.Equal(message.AcceptedAt, read.AcceptedAt);
    }

    [Fact]
    public async Task A_message_with_a_moved_part_alone_stays_until_the_part_is_settled()
    {
        var message = Mail.Message("a.test");
        await StoreAsync(message);
        await MoveAsync(message.Part(), Bulk, State);
        Assert.Equal(1, await CountAsync("message"));
        var settled = await Spool.SettleAsync(new Settlement(message.Part() with { Queue = Bulk }, 4, true, null), default);
        Assert.True(settled.Applied);
        Assert.Equal((0, 0), (await CountAsync("message"), await CountAsync("part")));
    }

    [Fact]
    public async Task Repeating_a_move_and_late_settlements_of_the_first_queue_change_nothing()
    {
        var message = Mail.Message("a.test");
        await StoreAsync(message);
        Assert.True((await MoveAsync(message.Part(), Bulk, State)).Applied);
        Assert.Equal(default, await MoveAsync(message.Part(), Bulk, State));
        var moved = message.Part() with { Queue = Bulk };
        // It comes back, and a settlement from its first stay arrives late.
        Assert.True((await MoveAsync(moved, message.Part().Queue, State with { Attempt = 4, Moves = 2 })).Applied);
        Assert.Equal(default, await Spool.SettleAsync(new Settlement(message.Part(), 3, true, null), default));
        Assert.True((await Spool.SettleAsync(new Settlement(message.Part(), 5, true, null), default)).Applied);
        Assert.Equal(0, await CountAsync("message"));
    }

    [Fact]
    public async Task A_mark_of_an_earlier_stay_has_no_effect()
    {
        var message = Mail.Message("a.test");
        await StoreAsync(message);
        await MoveAsync(message.Part(), Bulk, State);
        await MoveAsync(message.Part() with { Queue = Bulk }, message.Part().Queue, State with { Attempt = 4, Moves = 2 });
        await MarkAsync(0);
        await MarkAsync(1);
        Assert.Single(await Spool.FindUnclaimedAsync(Mail.Noon.AddDays(1), null, 10, default));
        await MarkAsync(2);
        Assert.Empty(await Spool.FindUnclaimedAsync(Mail.Noon.AddDays(1), null, 10, default));

        async Task MarkAsync(int moves) => await Spool.Ledger.MarkHandedOffAsync([new PartMark(message.Part(), moves)], default);
    }

    [Fact]
    public async Task Moves_of_several_messages_and_other_settlements_share_a_transaction()
    {
        var messages = Enumerable.Range(0, 40).Select(_ => Mail.Message("a.test", "b.test")).ToList();
        await Task.WhenAll(messages.Select(message => StoreAsync(message)));
        var moves = messages.Select(message => MoveAsync(message.Part(), Bulk, State with { Action = 5 }));
        var settlements = messages.Select(message => SettleAsync(message, part: 1));
        Assert.All(await Task.WhenAll([.. moves, .. settlements]), result => Assert.True(result.Applied));
        Assert.Equal((40, 40), (await CountAsync("message"), await CountAsync("part")));
    }

    private Task<SettlementResult> MoveAsync(PartId part, QueueKey to, MovedPart state) =>
        Spool.SettleAsync(new Settlement(part, state.Attempt, true, null) { Move = new PartMove(to, state) }, default).AsTask();
}
