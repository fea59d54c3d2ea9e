using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;

namespace Postfleet.Spool.Tests.Contract;

/// <summary>The contract of the spool with the hand-off sweeper, on every engine and in the fake.</summary>
public abstract class SweepContract : ContractBench
{
    private protected SweepContract(IContractPlace place) : base(place)
    {
    }

    [Fact]
    public async Task Pages_list_every_part_once_also_where_times_are_equal()
    {
        var messages = Enumerable.Range(0, 20)
            .Select(i => Mail.Message(Mail.Noon.AddMilliseconds(i / 10), "x", "a.test", "b.test", "c.test")).ToArray();
        await StoreAsync(messages);

        List<PendingPart> listed = [];
        PartId? after = null;
        while (true)
        {
            var page = await Spool.FindUnclaimedAsync(Mail.Noon.AddSeconds(1), after, 7, default);
            Assert.True(page.Count <= 7);
            if (page.Count == 0) break;
            listed.AddRange(page);
            after = page[^1].Id;
        }

        var expected = messages.SelectMany(message => Enumerable.Range(0, 3).Select(part => message.Part(part)));
        Assert.Equal(expected.Order(ByIdAndQueue), listed.Select(part => part.Id));
        Assert.Equal(listed.OrderBy(part => part.Part.AcceptedAt), listed);
    }

    [Fact]
    public async Task Only_parts_accepted_before_the_time_are_listed_with_their_recipients()
    {
        var old = Mail.Message(Mail.Noon, "x", "a.test");
        var recipients = new PartEnvelope([Mailbox.Parse("a@a.test"), Mailbox.Parse("b@a.test"), Mailbox.Parse("c@a.test")]);
        old = old with { Parts = [new NewPart(old.Parts[0].Queue, recipients)] };
        var young = Mail.Message(Mail.Noon.AddMinutes(1), "x", "a.test");
        await StoreAsync(old, young);

        var found = Assert.Single(await Spool.FindUnclaimedAsync(Mail.Noon.AddMinutes(1), null, 10, default));
        Assert.Equal(new PendingPart(old.Part().Queue, new QueuedPart(old.Id, 3, Mail.Noon)), found);
        Assert.Empty(await Spool.FindUnclaimedAsync(Mail.Noon, null, 10, default));
    }

    [Fact]
    public async Task A_time_within_a_millisecond_is_exact()
    {
        var message = Mail.Message(Mail.Noon.AddMicroseconds(500), "x", "a.test");
        await StoreAsync(message);
        Assert.Empty(await Spool.FindUnclaimedAsync(Mail.Noon.AddMicroseconds(500), null, 10, default));
        Assert.Single(await Spool.FindUnclaimedAsync(Mail.Noon.AddMicroseconds(501), null, 10, default));
    }

    [Fact]
    public async Task Marked_and_settled_parts_are_passed_over_and_a_mark_survives_a_restart()
    {
        var message = Mail.Message("a.test", "b.test", "c.test");
        await StoreAsync(message);
        await SettleAsync(message, part: 0);
        await Spool.MarkHandedOffAsync([message.Part(1), message.Part(0), message.Part(1), Mail.Message("d.test").Part()], default);
        await Spool.MarkHandedOffAsync([], default);
        await ReopenAsync();

        var found = Assert.Single(await Spool.FindUnclaimedAsync(Mail.Noon.AddDays(1), null, 10, default));
        Assert.Equal(message.Part(2), found.Id);
        Assert.True(await HasAsync(message, 1));
    }

    [Fact]
    public async Task Reoffered_parts_of_a_queue_have_no_owner_and_settle_from_attempt_1()
    {
        var message = Mail.Message("a.test", "b.test");
        await StoreAsync(message);
        await Spool.MarkHandedOffAsync([message.Part(0), message.Part(1)], default);
        await Spool.SettleAsync(new Settlement(message.Part(0), 3, IsFinal: false, null), default);

        Assert.Equal(1, await Spool.ReofferAsync(message.Part(0).Queue, default));
        Assert.Equal(0, await Spool.ReofferAsync(Mail.Message("c.test").Part().Queue, default));

        Assert.Equal(message.Part(0), Assert.Single(await Spool.FindUnclaimedAsync(Mail.Noon.AddDays(1), null, 10, default)).Id);
        Assert.True((await Spool.SettleAsync(new Settlement(message.Part(0), 1, IsFinal: true, null), default)).Applied);
        Assert.False(await HasAsync(message, 0));
        Assert.True(await HasAsync(message, 1));
    }

    private static readonly IComparer<PartId> ByIdAndQueue = Comparer<PartId>.Create((a, b) =>
        a.Message.CompareTo(b.Message) is var order and not 0 ? order : a.Queue.CompareTo(b.Queue));
}
