using Postfleet.Core.Queueing;
using Postfleet.Spool.Tests.Contract;
using Postfleet.Spool.Tests.Sqlite;

namespace Postfleet.Spool.Tests.Postgres;

/// <summary>The changes of owner of queues in the shared history.</summary>
public sealed class PostgresTakeoverTests : HistoryBench
{
    private static readonly QueueKey Queue = QueueKey.FromTrusted("default:a.test");
    private static readonly QueueKey Other = QueueKey.FromTrusted("default:b.test");

    private readonly PostgresPlace _place;

    public PostgresTakeoverTests() : this(new PostgresPlace())
    {
    }

    private PostgresTakeoverTests(PostgresPlace place) : base(place) => _place = place;

    [Theory]
    [InlineData(HistoryKeep.All)]
    [InlineData(HistoryKeep.Failures)]
    public async Task Changes_are_written_once_and_found_in_the_time_of_a_stay(HistoryKeep keep)
    {
        await OpenHistoryAsync(keep);
        Assert.True(Spool.Takeovers.KeepsTakeovers);
        QueueTakeover[] changes =
        [
            Change(Queue, 7, 0, "10.0.0.2:1", TakeoverReason.NodeLost), Change(Queue, 7, 60, "10.0.0.3:1", TakeoverReason.Rebalanced),
            Change(Queue, 9, 120, "10.0.0.2:1", TakeoverReason.NodeLeft), Change(Other, 7, 0, "10.0.0.2:1", TakeoverReason.Unknown),
        ];
        await Spool.Takeovers.RecordAsync(changes, default);
        // The node recovers the queue once more, without a row in between.
        await Spool.Takeovers.RecordAsync([changes[0] with { At = changes[0].At.AddSeconds(5) }, changes[3]], default);
        Assert.Equal(4, await _place.CountAsync("history_takeover"));

        Assert.Equal(changes[..3], await Spool.Takeovers.FindAsync([Stay(Queue, 0, 120)], default));
        Assert.Equal([changes[1]], await Spool.Takeovers.FindAsync([Stay(Queue, 1, 119)], default));
        Assert.Equal([changes[3], changes[2]], await Spool.Takeovers.FindAsync([Stay(Queue, 100, 200), Stay(Other, 0, 0)], default));
        Assert.Empty(await Spool.Takeovers.FindAsync([], default));
    }

    [Fact]
    public async Task Changes_are_in_no_search_and_no_timeline_of_recipients()
    {
        await OpenHistoryAsync();
        var message = await AcceptAsync("user@a.test");
        await Spool.Takeovers.RecordAsync([Change(Queue, 7, 5, "10.0.0.2:1", TakeoverReason.NodeLost)], default);
        Assert.Equal(["user@a.test Accepted"], await FindAsync());
        Assert.Equal(["0 user@a.test Accepted"], await TimelineAsync(message.Id));
    }

    [Fact]
    public async Task Changes_are_dropped_after_their_time_and_beyond_their_part_of_the_size()
    {
        // A 20th of it is the space of 4 changes.
        await OpenHistoryAsync(retention: TimeSpan.FromHours(1), maxBytes: 20 * 4 * 250);
        var inFuture = Change(Other, 1, 1_000_000, "10.0.0.2:1", TakeoverReason.NodeLost);
        await Spool.Takeovers.RecordAsync(
            [inFuture, .. Enumerable.Range(0, 3).Select(each => Change(Queue, each, each, "10.0.0.2:1", TakeoverReason.NodeLost))],
                default);
        Time.Now = Mail.Noon.AddHours(1).AddSeconds(2);
        await KeepAsync();
        Assert.Equal(
            [2], (await Spool.Takeovers.FindAsync([Stay(Queue, 0, 100)], default)).Select(each => each.Number));
        Assert.Equal([inFuture], await Spool.Takeovers.FindAsync([Stay(Other, 0, 2_000_000)], default));

        await Spool.Takeovers.RecordAsync(
            [.. Enumerable.Range(10, 10).Select(each => Change(Queue, each, 3600 + each, "10.0.0.2:1", TakeoverReason.NodeLost))], default);
        await KeepAsync();
        Assert.Equal(4, await _place.CountAsync("history_takeover"));
        Assert.Equal(
            [16, 17, 18, 19],
            (await Spool.Takeovers.FindAsync([Stay(Queue, 0, 10_000)], default)).Select(each => (int)each.Number));
    }

    [Fact]
    public async Task Changes_are_not_kept_without_history_and_on_embedded_storage()
    {
        await OpenHistoryAsync(HistoryKeep.None);
        Assert.False(Spool.Takeovers.KeepsTakeovers);
        await Spool.Takeovers.RecordAsync([Change(Queue, 7, 5, "10.0.0.2:1", TakeoverReason.NodeLost)], default);
        Assert.Empty(await Spool.Takeovers.FindAsync([Stay(Queue, 0, 100)], default));

        var embedded = new SqlitePlace();
        await embedded.PrepareAsync();
        var spool = await OpenAsync(embedded.NewStorageWithHistory(HistoryKeep.All, TimeSpan.FromDays(1), 1 << 20, Time));
        Assert.False(spool.Takeovers.KeepsTakeovers);
        await spool.DisposeAsync();
        await embedded.CleanUpAsync();
    }

    private static QueueTakeover Change(QueueKey queue, long number, int seconds, string owner, TakeoverReason reason) =>
        new(queue, number, Mail.Noon.AddSeconds(seconds), owner, "10.0.0.1:1", reason);

    private static QueueStay Stay(QueueKey queue, int from, int to) =>
        new(queue, Mail.Noon.AddSeconds(from), Mail.Noon.AddSeconds(to));
}
