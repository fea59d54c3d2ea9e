using Akka.Actor;
using Akka.TestKit;
using Akka.TestKit.Xunit2;
using Postfleet.Core.Queueing;
using Postfleet.QueueActors.HandOff;
using Postfleet.QueueActors.Messages;
using Postfleet.Spool.Common;
using Xunit;

namespace Postfleet.QueueActors.Tests.HandOff;

public sealed class HandOffSweeperTests : TestKit
{
    private const int PageSize = 500;

    private static readonly QueueKey Queue = QueueKey.FromTrusted("default:a.test");
    private static readonly QueueKey Other = QueueKey.FromTrusted("default:b.test");

    private readonly SweepQueries _spool = new();
    private readonly RecordingLogger _log = new();
    private readonly VirtualTime _time;
    private readonly TestProbe _queues;
    private readonly IActorRef _sweeper;
    private readonly DateTimeOffset _started;

    public HandOffSweeperTests()
        : base(SerializedMessages.Setup(VirtualTime.Config))
    {
        _time = new VirtualTime((TestScheduler)Sys.Scheduler);
        _started = _time.GetUtcNow();
        _queues = CreateTestProbe();
        var (spool, queues, time, log) = (_spool.Spool, _queues.Ref, _time, _log);
        _sweeper = Sys.ActorOf(Props.Create(() => new HandOffSweeper(spool, () => queues, time, log)));
    }

    [Fact]
    public async Task The_first_sweep_looks_at_all_that_was_accepted_before_its_start_and_later_ones_leave_parts_to_their_frontends()
    {
        await PassAsync(TimeSpan.FromSeconds(1));
        var first = await _spool.NextQueryAsync();
        Assert.Equal((_started, null, PageSize), (first.Before, first.After, first.Limit));
        await AnswerAsync(first, []);
        for (var sweep = 0; sweep < 2; sweep++)
        {
            await PassAsync(SweeperState.Interval);
            await AnswerAsync(await _spool.NextQueryAsync(), []);
        }

        await PassAsync(SweeperState.Interval);
        Assert.Equal(_time.GetUtcNow() - SweeperState.Deadline, (await _spool.NextQueryAsync()).Before);
        _queues.ExpectNoMsg(TimeSpan.Zero);
        Assert.Empty(_log.Lines);
    }

    [Fact]
    public async Task A_frontend_that_leaves_is_followed_by_a_sweep_of_all_that_was_accepted_before()
    {
        await PassAsync(TimeSpan.FromSeconds(1));
        await AnswerAsync(await _spool.NextQueryAsync(), []);
        await PassAsync(TimeSpan.FromSeconds(5));
        _sweeper.Tell(HandOffSweeper.FrontendGone.Instance);
        await VirtualTime.SyncAsync(_sweeper);
        var gone = _time.GetUtcNow();
        await PassAsync(SweeperState.Soon);
        var query = await _spool.NextQueryAsync();
        Assert.Equal((gone, null), (query.Before, query.After));
    }

    [Fact]
    public async Task Parts_are_offered_to_their_queues_as_repeats()
    {
        await PassAsync(TimeSpan.FromSeconds(1));
        await AnswerAsync(await _spool.NextQueryAsync(), [Part(1, Queue), Part(2, Other), Part(3, Queue)]);
        var offers = new[] { _queues.ExpectMsg<Enqueue>(), _queues.ExpectMsg<Enqueue>() }.OrderBy(offer => offer.Queue).ToList();
        Assert.Equal([new PartOffer(new QueuedPart(Id(1), 2, _started), true), new PartOffer(new QueuedPart(Id(3), 2, _started), true)],
            offers[0].Parts);
        Assert.Equal([new PartOffer(new QueuedPart(Id(2), 2, _started), true)], offers[1].Parts);
    }

    [Fact]
    public async Task The_next_page_is_read_when_the_last_one_is_acknowledged()
    {
        await PassAsync(TimeSpan.FromSeconds(1));
        var page = Enumerable.Range(1, PageSize).Select(i => Part(i, i % 2 == 0 ? Queue : Other)).ToList();
        await AnswerAsync(await _spool.NextQueryAsync(), page);
        _sweeper.Tell(new Enqueued(Queue, [.. page.Where(part => part.Queue == Queue).Select(part => part.Part.Message)]));
        _sweeper.Tell(new Enqueued(Queue, [.. page.Where(part => part.Queue == Other).Select(part => part.Part.Message)]));
        await VirtualTime.SyncAsync(_sweeper);
        Assert.False(_spool.IsAsked);
        _sweeper.Tell(new Enqueued(Other, [.. page.Where(part => part.Queue == Other).Select(part => part.Part.Message)]));
        var second = await _spool.NextQueryAsync();
        Assert.Equal((_started, page[^1].Id), (second.Before, second.After));
        // The time of the first page is over and causes no second query.
        await PassAsync(TimeSpan.FromSeconds(20));
        Assert.False(_spool.IsAsked);
        await AnswerAsync(second, [Part(1000, Queue)]);
        _sweeper.Tell(new Enqueued(Queue, [Id(1000)]));
        await PassAsync(TimeSpan.FromSeconds(29));
        Assert.False(_spool.IsAsked);
        Assert.Contains("501", Assert.Single(_log.Lines).Text, StringComparison.Ordinal);
        await PassAsync(TimeSpan.FromSeconds(1));
        Assert.Null((await _spool.NextQueryAsync()).After);
    }

    [Fact]
    public async Task A_page_without_acknowledgements_ends_after_its_time()
    {
        await PassAsync(TimeSpan.FromSeconds(1));
        var page = Enumerable.Range(1, PageSize).Select(i => Part(i, Queue)).ToList();
        await AnswerAsync(await _spool.NextQueryAsync(), page);
        await PassAsync(TimeSpan.FromSeconds(9.9));
        Assert.False(_spool.IsAsked);
        await PassAsync(TimeSpan.FromSeconds(0.1));
        Assert.Equal(page[^1].Id, (await _spool.NextQueryAsync()).After);
    }

    [Fact]
    public async Task A_late_acknowledgement_of_an_old_page_does_not_end_the_next_one()
    {
        await PassAsync(TimeSpan.FromSeconds(1));
        var page = Enumerable.Range(1, PageSize).Select(i => Part(i, Queue)).ToList();
        await AnswerAsync(await _spool.NextQueryAsync(), page);
        await PassAsync(TimeSpan.FromSeconds(10));
        var second = await _spool.NextQueryAsync();
        _sweeper.Tell(new Enqueued(Queue, [.. page.Select(part => part.Part.Message)]));
        await AnswerAsync(second, [.. Enumerable.Range(1001, PageSize).Select(i => Part(i, Queue))]);
        _sweeper.Tell(new Enqueued(Queue, [.. page.Select(part => part.Part.Message)]));
        await VirtualTime.SyncAsync(_sweeper);
        Assert.False(_spool.IsAsked);
    }

    [Fact]
    public async Task A_storage_that_fails_is_asked_again_with_growing_pauses_up_to_five_minutes()
    {
        await PassAsync(TimeSpan.FromSeconds(1));
        foreach (var seconds in (double[])[30, 60, 120, 240, 300, 300])
        {
            var query = await _spool.NextQueryAsync();
            // No page was read yet: the query still covers the parts accepted before the start.
            Assert.True(query.Before >= _started);
            await FailAsync(query);
            await PassAsync(TimeSpan.FromSeconds(seconds - 0.1));
            Assert.False(_spool.IsAsked);
            await PassAsync(TimeSpan.FromSeconds(0.1));
        }

        await AnswerAsync(await _spool.NextQueryAsync(), []);
        await PassAsync(TimeSpan.FromSeconds(30));
        await FailAsync(await _spool.NextQueryAsync());
        Assert.Equal(7, _log.Lines.Count(line => line.Id == 2014));
        // After a success the pauses start again with the shortest.
        await PassAsync(TimeSpan.FromSeconds(30));
        Assert.NotNull(await _spool.NextQueryAsync());
    }

    [Fact]
    public async Task A_page_that_cannot_be_read_in_the_middle_of_a_sweep_begins_it_anew()
    {
        await PassAsync(TimeSpan.FromSeconds(1));
        var page = Enumerable.Range(1, PageSize).Select(i => Part(i, Queue)).ToList();
        await AnswerAsync(await _spool.NextQueryAsync(), page);
        _sweeper.Tell(new Enqueued(Queue, [.. page.Select(part => part.Part.Message)]));
        await FailAsync(await _spool.NextQueryAsync());
        await PassAsync(TimeSpan.FromSeconds(30));
        var query = await _spool.NextQueryAsync();
        Assert.Equal((_started, null), (query.Before, query.After));
    }

    private Task AnswerAsync(SweepQueries.Query query, IReadOnlyList<PendingPart> parts) =>
        ArriveAsync(() => query.Answer.SetResult(parts));

    private Task FailAsync(SweepQueries.Query query) =>
        ArriveAsync(() => query.Answer.SetException(new SpoolUnavailableException("the storage is away")));

    // A query is visible to the test before the sweeper awaits its answer: an earlier answer would reach the actor after the message that
    // the test waits for. On a thread without the test's context, the answer is in the mailbox when the run ends.
    private async Task ArriveAsync(Action answer)
    {
        await VirtualTime.SyncAsync(_sweeper);
        await Task.Run(answer);
        await VirtualTime.SyncAsync(_sweeper);
    }

    private async Task PassAsync(TimeSpan time)
    {
        await VirtualTime.SyncAsync(_sweeper);
        _time.Advance(time);
        await VirtualTime.SyncAsync(_sweeper);
    }

    private PendingPart Part(int number, QueueKey queue) => new(queue, new QueuedPart(Id(number), 2, _started));

    private static MessageId Id(int number) => MessageId.FromHalves(1, (ulong)number);
}
