using Postfleet.Admin.Messaging;
using Postfleet.Core.Queueing;
using Postfleet.Spool.Common;
using Xunit;

namespace Postfleet.Admin.Tests;

public sealed class MessageStaysTests
{
    private static readonly DateTimeOffset Start = new(2026, 11, 30, 10, 0, 0, TimeSpan.Zero);
    private static readonly MessageId Id = MessageId.New(Start);
    private static readonly QueueKey First = QueueKey.FromTrusted("default:a.test");
    private static readonly QueueKey Second = QueueKey.FromTrusted("bulk:a.test");

    [Fact]
    public void Stay_ends_with_the_last_event_unless_the_message_waits()
    {
        var events = new[] { Event(First, HistoryKind.Accepted, 0), Event(First, HistoryKind.Delivered, 60) };
        Assert.Equal([new QueueStay(First, Start, Start.AddSeconds(60))], MessageStays.Of(Id, events, [], Start.AddHours(1)));
        Assert.Equal([new QueueStay(First, Start, Start.AddHours(1))], MessageStays.Of(Id, events, [First], Start.AddHours(1)));
    }

    [Fact]
    public void Stay_in_the_queue_of_another_stream_begins_with_the_move()
    {
        var events = new[]
        {
            Event(First, HistoryKind.Accepted, 0), Event(First, HistoryKind.Moved, 60), Event(Second, HistoryKind.Delivered, 90),
        };
        Assert.Equal(
            [new QueueStay(First, Start, Start.AddSeconds(60)), new QueueStay(Second, Start.AddSeconds(60), Start.AddSeconds(90))],
            MessageStays.Of(Id, events, [], Start.AddHours(1)));
    }

    [Fact]
    public void Report_after_the_end_is_no_stay()
    {
        var events = new[] { Event(First, HistoryKind.Failed, 1), Event(First, HistoryKind.Dsn, 60) };
        Assert.Equal([new QueueStay(First, Start, Start.AddSeconds(1))], MessageStays.Of(Id, events, [], Start.AddHours(1)));
    }

    /// <summary>History:Keep may leave out all events so far.</summary>
    [Fact]
    public void Stay_without_events_begins_with_the_time_in_the_id() =>
        Assert.Equal([new QueueStay(First, Start, Start.AddHours(1))], MessageStays.Of(Id, [], [First], Start.AddHours(1)));

    [Fact]
    public void Time_of_an_invented_id_is_bounded() =>
        Assert.Equal(9999, Assert.Single(MessageStays.Of(MessageId.FromHalves(ulong.MaxValue, 0), [], [First], Start)).From.Year);

    private static HistoryEvent Event(QueueKey queue, HistoryKind kind, int seconds) =>
        new(Id, queue, 1, 0, kind, Start.AddSeconds(seconds), "to@a.test", "from@b.test");
}
