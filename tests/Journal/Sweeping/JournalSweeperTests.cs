using System.Collections.Concurrent;
using Akka.Actor;
using Akka.TestKit;
using Akka.TestKit.Xunit2;
using Microsoft.Extensions.Time.Testing;
using Postfleet.Journal.Sweeping;
using Postfleet.Testing;
using Postfleet.Testing.Fakes;
using Xunit;

namespace Postfleet.Journal.Tests.Sweeping;

public sealed class JournalSweeperTests : TestKit
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Step = JournalSweeper.Pause / 5;

    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 5, 1, 12, 0, 0, TimeSpan.Zero));
    private readonly LogCollector _log = new();
    private readonly FakeSweep _sweep;
    private bool _areAlike = true;

    public JournalSweeperTests() : base("akka.scheduler.implementation = \"Akka.TestKit.TestScheduler, Akka.TestKit\"")
    {
        _sweep = new FakeSweep(_time);
        var (sweep, time, log) = (_sweep, _time, _log);
        Func<bool> areAlike = () => _areAlike;
        Sweeper = Sys.ActorOf(Props.Create(() => new JournalSweeper(sweep, areAlike, time, log)));
    }

    private IActorRef Sweeper { get; }

    [Fact]
    public async Task Sweeps_read_page_after_page_with_a_pause_and_come_each_hour()
    {
        _sweep.Rows = JournalSweeper.PageSize + 1;
        await PassIntervalAsync();
        await SweptAsync(1);
        var pages = _sweep.Reads.ToArray();
        Assert.Equal([0, JournalSweeper.PageSize], pages.Select(page => page.After));
        Assert.True(pages[1].At - pages[0].At >= JournalSweeper.Pause);

        _time.Advance(JournalSweeper.Interval);
        await HandledAsync();
        Assert.Equal(2, _sweep.Reads.Count);
        await PassIntervalAsync();
        await SweptAsync(2);
        Assert.Equal([0, JournalSweeper.PageSize], _sweep.Reads.Skip(2).Select(page => page.After));
    }

    [Fact]
    public async Task Nodes_of_another_version_prevent_sweeps()
    {
        _areAlike = false;
        await PassIntervalAsync();
        // The first page is read before the actor handles its next message.
        await HandledAsync();
        Assert.Empty(_sweep.Reads);
        _areAlike = true;
        await PassIntervalAsync();
        await HandledAsync();
        Assert.Equal(0, Assert.Single(_sweep.Reads).After);
    }

    [Fact]
    public async Task Sweeps_continue_each_hour_after_failures_of_the_storage()
    {
        _sweep.Fails = true;
        for (var i = 1; i <= 3; i++)
        {
            await PassIntervalAsync();
            await LoggedAsync("journal sweep failed", i);
            Assert.Equal(i, _sweep.Reads.Count);
        }
    }

    private async Task PassIntervalAsync()
    {
        await HandledAsync();
        ((TestScheduler)Sys.Scheduler).Advance(JournalSweeper.Interval);
    }

    /// <summary>Returns when the sweeper has handled all its messages.</summary>
    private Task<ActorIdentity> HandledAsync() =>
        Sweeper.Ask<ActorIdentity>(new Identify(null), CancellationToken.None).WaitAsync(Limit);

    /// <summary>Lets time pass until a number of sweeps have ended.</summary>
    private Task SweptAsync(int sweeps) => Eventually.True(
        () =>
        {
            if (Logged("journal swept") == sweeps) return true;
            _time.Advance(Step);
            return false;
        },
        Limit, $"{sweeps} sweeps have ended");

    private Task LoggedAsync(string name, int times) =>
        Eventually.True(() => Logged(name) == times, Limit, $"'{name}' is logged {times} times");

    private int Logged(string name) => _log.Lines.Count(line => line.Name == name);

    private sealed class FakeSweep(TimeProvider time) : JournalSweep
    {
        public ConcurrentQueue<(long After, DateTimeOffset At)> Reads { get; } = new();

        public int Rows { get; set; }

        public bool Fails { get; set; }

        protected override Task<List<SweptRow>> ReadAsync(long after, int rows, CancellationToken cancellationToken)
        {
            Reads.Enqueue((after, time.GetUtcNow()));
            if (Fails) throw new IOException("away");
            return Task.FromResult(Enumerable.Range(1, Rows).Select(place => new SweptRow(place, 0, true, 1))
                .Where(row => row.Place > after).Take(rows).ToList());
        }

        protected override Task<int> DeleteAsync(long[] places, long highest, CancellationToken cancellationToken) =>
            Task.FromResult(places.Length);
    }
}
