using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;

namespace Postfleet.Spool.Tests.Contract;

/// <summary>The promises of the feed of events, on both engines.</summary>
public abstract class FeedContract : HistoryBench
{
    private protected FeedContract(ISpoolPlace place) : base(place)
    {
    }

    private protected IEventFeed Feed => Spool.Feed;

    [Fact]
    public async Task A_reader_gets_each_event_once_whatever_its_pages()
    {
        await OpenHistoryAsync();
        await AcceptAsync("before@a.test");
        var start = await Feed.GetEndAsync(default);
        var message = await AcceptAsync("a@a.test", "b@a.test", "c@c.test");
        await DeferAsync(message, 1, recipients: [0, 1]);
        await EndAsync(message, 2, Ok, isFinal: false, recipients: [1]);
        await EndAsync(message, 1, No, part: 1);
        await KeepAsync();
        await EndAsync(message, 3, No, cause: ReportCause.Expired);
        string[] expected =
        [
            "0 a@a.test Accepted", "0 b@a.test Accepted", "0 c@c.test Accepted", "1 a@a.test Deferred", "1 b@a.test Deferred",
            "2 b@a.test Delivered", "1 c@c.test Failed", "3 a@a.test Expired",
        ];
        foreach (var limit in (int[])[1, 2, 3, 100])
        {
            var (lines, end) = await ReadAsync(start, limit: limit);
            Assert.Equal(expected, lines);
            Assert.Empty((await ReadAsync(end)).Lines);
        }
    }

    [Fact]
    public async Task A_position_holds_after_a_restart_and_from_each_event()
    {
        await OpenHistoryAsync();
        var start = await Feed.GetEndAsync(default);
        var message = await AcceptAsync("a@a.test", "b@a.test", "c@c.test");
        await EndAsync(message, 1, Ok, recipients: [0, 1]);
        var events = await PageAsync(start);
        await KeepAsync();
        await OpenHistoryAsync();
        Assert.Equal(5, events.Count);
        for (var i = 0; i < events.Count; i++)
        {
            var position = FeedPosition.Parse(events[i].Position.ToString());
            Assert.Equal(events.Skip(i + 1).Select(one => FeedEventId.Of(one.Event)), (await PageAsync(position))
                .Select(one => FeedEventId.Of(one.Event)));
            var before = await Feed.ReadAsync(new FeedQuery(), start, position, 100, default);
            Assert.Equal((i + 1, false), (before.Events.Count, before.HasMore));
            Assert.Equal(0, before.Position.CompareTo(position));
        }

        Assert.Equal(5, events.Select(one => FeedEventId.Of(one.Event)).Distinct().Count());
    }

    [Fact]
    public async Task Conditions_choose_events_and_the_position_passes_the_others()
    {
        await OpenHistoryAsync();
        var start = await Feed.GetEndAsync(default);
        var one = await AcceptAsync("a@a.test", "b@b.test");
        await EndAsync(one, 1, Ok);
        await EndAsync(one, 1, No, part: 1);
        await KeepAsync();
        await AcceptAsync("a@a.test");
        await AssertAsync(
            new FeedQuery { Kinds = [HistoryKind.Delivered, HistoryKind.Failed] }, "1 a@a.test Delivered", "1 b@b.test Failed");
        await AssertAsync(new FeedQuery { Domain = Mailbox.Parse("x@B.test").Domain }, "0 b@b.test Accepted", "1 b@b.test Failed");
        await AssertAsync(
            new FeedQuery { Queue = Mail.Queue("a.test"), Kinds = [HistoryKind.Accepted] }, "0 a@a.test Accepted", "0 a@a.test Accepted");
        await AssertAsync(new FeedQuery { Recipient = Mailbox.Parse("b@B.test") }, "0 b@b.test Accepted", "1 b@b.test Failed");
        await AssertAsync(new FeedQuery { Stream = "bulk" });
        await AssertAsync(new FeedQuery { Stream = "bulk", Queue = Mail.Queue("a.test") });
        await AssertAsync(new FeedQuery { HasNullSender = true });
        await AssertAsync(
            new FeedQuery { Sender = Mailbox.Parse("sender@EXAMPLE.org"), Kinds = [HistoryKind.Failed] }, "1 b@b.test Failed");
        async Task AssertAsync(FeedQuery query, params string[] lines)
        {
            var (found, end) = await ReadAsync(start, query);
            Assert.Equal(lines, found);
            Assert.Empty(await PageAsync(end));
        }
    }

    [Fact]
    public async Task Many_writers_and_a_reader_miss_and_repeat_nothing()
    {
        await OpenHistoryAsync();
        var position = await Feed.GetEndAsync(default);
        var writers = Task.WhenAll(Enumerable.Range(0, 8).Select(async writer =>
        {
            for (var i = 0; i < 25; i++) await Spool.StoreAsync(Mail.Message($"w{writer}-{i}.test"), default);
        }));
        List<string> ids = [];
        FeedPosition? end = null;
        while (!(end <= position))
        {
            if (end is null && writers.IsCompleted) end = await Feed.GetEndAsync(default);
            if (ids.Count % 50 == 7) await KeepAsync();
            FeedPage page;
            do
            {
                page = await Feed.ReadAsync(new FeedQuery(), position, null, 7, default);
                Assert.False(page.HasGap);
                ids.AddRange(page.Events.Select(one => FeedEventId.Of(one.Event)));
                position = page.Position;
            }
            while (page.HasMore);
        }

        await writers;
        Assert.Equal((200, 200), (ids.Count, ids.Distinct().Count()));
    }

    [Fact]
    public async Task A_reader_is_told_once_about_dropped_events()
    {
        await OpenHistoryAsync(retention: TimeSpan.FromHours(4));
        var start = await Feed.GetEndAsync(default);
        await AcceptAsync("old@a.test");
        await KeepAsync();
        Assert.Single(await PageAsync(start));
        Time.Now = Mail.Noon.AddHours(6);
        await StoreAsync(Mail.Message(Time.Now, "Subject: new\r\n\r\n", "b.test"));
        await KeepAsync();
        await KeepAsync();
        var (position, found, gaps) = (start, new List<FeedEvent>(), 0);
        var end = await Feed.GetEndAsync(default);
        while (position < end)
        {
            var page = await Feed.ReadAsync(new FeedQuery(), position, null, 100, default);
            if (page.HasGap) gaps++;
            Assert.True(gaps > 0 || page.Events.Count == 0);
            found.AddRange(page.Events);
            position = page.Position;
        }

        Assert.Equal((1, "b.test"), (gaps, Assert.Single(found).Event.Queue.Domain));
    }

    [Fact]
    public async Task A_commit_wakes_watchers_until_they_end()
    {
        await OpenHistoryAsync();
        var woken = 0;
        var watch = Feed.Watch(() => Interlocked.Increment(ref woken));
        var message = await AcceptAsync("a@a.test");
        Assert.True(woken > 0);
        watch.Dispose();
        var before = woken;
        await EndAsync(message, 1, Ok);
        Assert.Equal(before, woken);
    }

    [Fact]
    public async Task Positions_of_another_engine_and_other_texts_are_refused()
    {
        await OpenHistoryAsync();
        var foreign = new FeedPosition { Engine = 'x' };
        await Assert.ThrowsAsync<FeedPositionException>(
            async () => await Feed.ReadAsync(new FeedQuery(), foreign, null, 1, default));
        var odd = foreign with { Key = new FeedKey(default, 1, 1, 0, "a\0b") };
        foreach (var text in (string[])["", "x", "bm8", new string('a', 2000), foreign.ToString()[..^2], odd.ToString(), $" {foreign}"])
            Assert.Throws<FeedPositionException>(() => FeedPosition.Parse(text));
    }

    [Fact]
    public async Task A_history_without_events_has_an_empty_feed()
    {
        await OpenHistoryAsync(HistoryKeep.None);
        var end = await Feed.GetEndAsync(default);
        await AcceptAsync("a@a.test");
        var page = await Feed.ReadAsync(new FeedQuery(), end, null, 100, default);
        Assert.Equal((HistoryKeep.None, 0, false), (Feed.Keep, page.Events.Count, page.HasMore));
    }

    private protected async Task<IReadOnlyList<FeedEvent>> PageAsync(FeedPosition after)
    {
        List<FeedEvent> events = [];
        await WalkAsync(after, new FeedQuery(), 100, page => events.AddRange(page.Events));
        return events;
    }

    private protected async Task<(string[] Lines, FeedPosition End)> ReadAsync(FeedPosition after, FeedQuery? query = null, int limit = 100)
    {
        List<string> lines = [];
        after = await WalkAsync(
            after, query ?? new FeedQuery(), limit,
            page => lines.AddRange(page.Events.Select(each => $"{each.Event.Number} {each.Event.Recipient} {each.Event.Kind}")));
        return ([.. lines], after);
    }

    // To the end of the feed at the call. Transactions of other tests on the same server hold the feed for moments.
    private async Task<FeedPosition> WalkAsync(FeedPosition after, FeedQuery query, int limit, Action<FeedPage> take)
    {
        var end = await Feed.GetEndAsync(default);
        while (after < end)
        {
            var page = await Feed.ReadAsync(query, after, null, limit, default);
            Assert.InRange(page.Events.Count, 0, limit);
            Assert.False(page.HasGap);
            take(page);
            after = page.Position;
            if (!page.HasMore && after < end) await Task.Delay(5);
        }

        return after;
    }
}
