using System.Threading.Channels;
using Akka.Actor;
using Akka.TestKit;
using Akka.TestKit.Xunit2;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Postfleet.Journal.Sweeping;
using Xunit;

namespace Postfleet.Journal.Tests.Sweeping;

public sealed class JournalSweeperTests : TestKit
{
    private readonly FakeTimeProvider _time =
        new(new DateTimeOffset(2026, 5, 1, 12, 0, 0, TimeSpan.Zero)) { AutoAdvanceAmount = TimeSpan.Zero };
    private readonly FakeSweep _sweep = new();
    private bool _areAlike = true;

    public JournalSweeperTests() : base("akka.scheduler.implementation = \"Akka.TestKit.TestScheduler, Akka.TestKit\"")
    {
        var (sweep, time) = (_sweep, _time);
        Func<bool> areAlike = () => _areAlike;
        Sweeper = Sys.ActorOf(Props.Create(() => new JournalSweeper(sweep, areAlike, time, NullLogger.Instance)));
    }

    private IActorRef Sweeper { get; }

    [Fact]
    public async Task It_walks_page_by_page_with_a_pause_behind_each_and_rests_for_an_hour()
    {
        _sweep.Rows = JournalSweeper.PageSize + 1;
        await PassAsync(JournalSweeper.Interval);
        Assert.Equal(0, await _sweep.NextAsync());
        Assert.False(await _sweep.IsNextAsync());
        _time.Advance(JournalSweeper.Pause);
        Assert.Equal(JournalSweeper.PageSize, await _sweep.NextAsync());
        _time.Advance(JournalSweeper.Interval);
        Assert.False(await _sweep.IsNextAsync());
        await PassAsync(JournalSweeper.Interval);
        Assert.Equal(0, await _sweep.NextAsync());
    }

    [Fact]
    public async Task While_nodes_of_another_version_are_there_nothing_is_swept()
    {
        _areAlike = false;
        await PassAsync(JournalSweeper.Interval);
        Assert.False(await _sweep.IsNextAsync());
        _areAlike = true;
        await PassAsync(JournalSweeper.Interval);
        Assert.Equal(0, await _sweep.NextAsync());
    }

    [Fact]
    public async Task A_storage_that_fails_is_asked_again_after_the_next_rest()
    {
        _sweep.Fails = true;
        for (var i = 0; i < 3; i++)
        {
            await PassAsync(JournalSweeper.Interval);
            Assert.Equal(0, await _sweep.NextAsync());
        }
    }

    // The rest begins when the sweeper has heard of the end of its sweep.
    private async Task PassAsync(TimeSpan time)
    {
        await Task.Delay(200);
        await Sweeper.Ask<ActorIdentity>(new Identify(null), CancellationToken.None).WaitAsync(TimeSpan.FromSeconds(10));
        ((TestScheduler)Sys.Scheduler).Advance(time);
    }

    private sealed class FakeSweep : JournalSweep
    {
        private readonly Channel<long> _looks = Channel.CreateUnbounded<long>();

        public int Rows { get; set; }

        public bool Fails { get; set; }

        public async Task<long> NextAsync() => await _looks.Reader.ReadAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(10));

        public async Task<bool> IsNextAsync()
        {
            await Task.Delay(100);
            return _looks.Reader.TryPeek(out _);
        }

        protected override Task<List<SweptRow>> ReadAsync(long after, int rows, CancellationToken cancellationToken)
        {
            _looks.Writer.TryWrite(after);
            if (Fails) throw new IOException("away");
            return Task.FromResult(Enumerable.Range(1, Rows).Select(place => new SweptRow(place, 0, true, 1))
                .Where(row => row.Place > after).Take(rows).ToList());
        }

        protected override Task<int> DeleteAsync(long[] places, long highest, CancellationToken cancellationToken) =>
            Task.FromResult(places.Length);
    }
}
