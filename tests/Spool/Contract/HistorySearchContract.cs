using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;

namespace Postfleet.Spool.Tests.Contract;

/// <summary>The promises of searches of the history, on both engines.</summary>
public abstract class HistorySearchContract : HistoryBench
{
    private protected HistorySearchContract(ISpoolPlace place) : base(place)
    {
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Each_recipient_is_found_by_its_newest_event_alone(bool isKept)
    {
        var (first, second) = await FillAsync(isKept);
        Assert.Equal(
            ["d@b.test Failed", "c@a.test Deferred", "b@a.test Deferred", "a@a.test Delivered", "e@c.test Accepted"], await FindAsync());
        Assert.Equal(["a@a.test Delivered"], await FindAsync(new() { State = HistoryState.Delivered }));
        Assert.Equal(["c@a.test Deferred", "b@a.test Deferred"], await FindAsync(new() { State = HistoryState.Deferred }));
        Assert.Equal(["d@b.test Failed"], await FindAsync(new() { State = HistoryState.Failed }));
        Assert.Equal(["e@c.test Accepted"], await FindAsync(new() { State = HistoryState.Accepted }));
        Assert.Empty(await FindAsync(new() { State = HistoryState.Expired }));
        Assert.Equal(["d@b.test Failed", "e@c.test Accepted"], await FindAsync(new() { Message = second.Id }));
        Assert.Equal(["c@a.test Deferred"], await FindAsync(new() { Recipient = Mailbox.Parse("c@A.Test") }));
        Assert.Empty(await FindAsync(new() { Recipient = Mailbox.Parse("C@a.test") }));
        Assert.Equal(5, (await FindAsync(new() { Sender = Mailbox.Parse("sender@example.org") })).Length);
        Assert.Empty(await FindAsync(new() { Sender = Mailbox.Parse("a@a.test") }));
        Assert.Empty(await FindAsync(new() { HasNullSender = true }));
        Assert.Equal(["d@b.test Failed"], await FindAsync(new() { Domain = Domain("B.test") }));
        Assert.Equal(5, (await FindAsync(new() { Stream = "default" })).Length);
        Assert.Empty(await FindAsync(new() { Stream = "bulk" }));
        Assert.Equal(["d@b.test Failed"], await FindAsync(new() { Reply = "SUCH user" }));
        Assert.Equal(["c@a.test Deferred", "b@a.test Deferred"], await FindAsync(new() { Reply = "later" }));
        Assert.Equal(["b@a.test Deferred"], await FindAsync(
            new() { Message = first.Id, Domain = Domain("a.test"), State = HistoryState.Deferred, Recipient = Mailbox.Parse("b@a.test") }));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Recipient_is_found_by_an_operators_action_while_it_waits(bool isKept)
    {
        await OpenHistoryAsync();
        var message = await AcceptAsync("a@a.test");
        await DeferAsync(message, 1);
        await Spool.RecordAsync(message.Part(), 2, OutcomesOf(Later, ReportCause.Action, 0), default);
        await Spool.RecordAsync(message.Part(), 2, OutcomesOf(Later, ReportCause.Action, 0), default);
        if (isKept) await KeepAsync();
        Assert.Equal(HistoryKind.Action, Assert.Single(await SearchAsync(new() { State = HistoryState.Deferred })).Kind);
        await EndAsync(message, 3, Ok);
        Assert.Equal(["a@a.test Delivered"], await FindAsync());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Recipient_that_was_moved_is_found_in_its_new_queue(bool isKept)
    {
        await OpenHistoryAsync();
        var message = await AcceptAsync("a@a.test");
        await DeferAsync(message, 1);
        var moved = new PartId(message.Id, QueueKey.FromTrusted("bulk:a.test"));
        Assert.True((await Spool.SettleAsync(new Settlement(message.Part(), 2, true, null)
        {
            Move = new PartMove(moved.Queue, new MovedPart(RecipientSet.All(1), 2, 1)),
            Outcomes = OutcomesOf(Later, ReportCause.Moved, 0),
        }, default)).Applied);
        if (isKept) await KeepAsync();
        Assert.Equal(["a@a.test Accepted"], await FindAsync());
        Assert.Equal(["a@a.test Accepted"], await FindAsync(new() { Stream = "bulk", State = HistoryState.Accepted }));
        Assert.Empty(await FindAsync(new() { Stream = "default" }));
        Assert.True((await Spool.SettleAsync(
            new Settlement(moved, 3, true, null) { Outcomes = OutcomesOf(Ok, ReportCause.Attempt, 0) }, default)).Applied);
        Assert.Equal(["a@a.test Delivered"], await FindAsync());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Times_bound_the_newest_event(bool isKept)
    {
        var (_, second) = await FillAsync(isKept);
        var all = await SearchAsync();
        Assert.Equal(all.OrderByDescending(one => one.At).Select(one => one.At), all.Select(one => one.At));
        var middle = all[2].At;
        Assert.Equal(3, (await SearchAsync(new() { Since = middle })).Count);
        Assert.Equal(2, (await SearchAsync(new() { Until = middle })).Count);
        Assert.Single(await SearchAsync(new() { Since = middle, Until = middle.AddMilliseconds(1) }));
        Assert.Equal(2, (await SearchAsync(new() { Message = second.Id, Since = Mail.Noon })).Count);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task Pages_list_each_recipient_once_while_events_are_added(int limit)
    {
        await OpenHistoryAsync();
        var waiting = await Task.WhenAll(Enumerable.Range(0, 10).Select(i => AcceptAsync($"user{i}@a.test")));
        foreach (var message in waiting.Take(5)) await EndAsync(message, 1, Ok);
        List<string> found = [];
        string? cursor = null;
        do
        {
            var page = await History.SearchAsync(new(), cursor, limit, default);
            found.AddRange(page.Recipients.Select(one => one.Recipient));
            cursor = page.Cursor;
            await AcceptAsync("new@a.test");
            if (found.Count is > 3 and < 6) await KeepAsync();
        }
        while (cursor is not null);

        Assert.Equal(Enumerable.Range(0, 10).Select(i => $"user{i}@a.test"), found.Order());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Messages_are_found_by_the_id_of_their_header(bool isKept)
    {
        await OpenHistoryAsync();
        foreach (var id in (string[])["<one@a.test>", "<two@a.test>", "<two@a.test>", ""])
        {
            var message = NewMessage("a@a.test", "b@b.test");
            var details = AcceptanceDetails.None with { HeaderMessageId = id };
            await StoreAsync(message with { Envelope = message.Envelope with { Acceptance = details } });
            await EndAsync(message, 1, Ok);
        }

        if (isKept) await KeepAsync();
        Assert.Equal(["a@a.test Delivered", "b@b.test Accepted"], (await FindAsync(new() { HeaderMessageId = "<one@a.test>" })).Order());
        Assert.Equal(4, (await FindAsync(new() { HeaderMessageId = " two@a.test" }, limit: 3)).Length);
        Assert.Single(await FindAsync(new() { HeaderMessageId = "<one@a.test>", State = HistoryState.Delivered }));
        Assert.Empty(await FindAsync(new() { HeaderMessageId = "<three@a.test>" }));
    }

    [Fact]
    public async Task Recipients_that_an_attempt_left_out_keep_their_state()
    {
        await OpenHistoryAsync();
        var message = await AcceptAsync("a@a.test", "b@a.test", "c@a.test");
        await DeferAsync(message, 1, recipients: [0, 1]);
        await DeferAsync(message, 2, recipients: [0]);
        Assert.Equal(["a@a.test Deferred", "b@a.test Deferred", "c@a.test Accepted"], await FindAsync());
        await EndAsync(message, 3, Ok, isFinal: false, recipients: [0]);
        Assert.Equal(["a@a.test Delivered", "b@a.test Deferred", "c@a.test Accepted"], await FindAsync());
        Assert.Equal(["b@a.test Deferred"], await FindAsync(new() { State = HistoryState.Deferred }));
    }

    [Fact]
    public async Task A_cursor_of_another_kind_is_refused()
    {
        await OpenHistoryAsync();
        foreach (var cursor in (string[])["", "x", "cyAx", "!!", new string('A', 2000), "cSAxIDAxIDIgMyA0"])
            await Assert.ThrowsAsync<HistoryCursorException>(() => History.SearchAsync(new(), cursor, 10, default).AsTask());
        foreach (var limit in (int[])[0, -1, IHistory.MaxPage + 1])
            await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => History.SearchAsync(new(), null, limit, default).AsTask());
    }

    private async Task<(NewMessage First, NewMessage Second)> FillAsync(bool isKept)
    {
        await OpenHistoryAsync();
        var first = await AcceptAsync("a@a.test", "b@a.test", "c@a.test");
        var second = await AcceptAsync("d@b.test", "e@c.test");
        await DeferAsync(first, 1, recipients: [0, 1, 2]);
        await EndAsync(first, 2, Ok, isFinal: false, recipients: [0]);
        await DeferAsync(first, 3, recipients: [1]);
        await DeferAsync(first, 4, recipients: [2]);
        if (isKept) await KeepAsync();
        await EndAsync(second, 1, No);
        if (isKept) await KeepAsync();
        return (first, second);
    }

    private static DomainName Domain(string name) => DomainName.TryParse(name, out var domain) ? domain : throw new FormatException(name);
}
