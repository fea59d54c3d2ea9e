using CsCheck;
using Postfleet.Contracts.Budgets;
using Postfleet.Core.Budgets;
using Postfleet.Core.Units;
using Postfleet.Delivery.Destinations.State;
using Xunit;
using static Postfleet.Delivery.Tests.Destinations.State.DestinationDriver;

namespace Postfleet.Delivery.Tests.Destinations.State;

/// <summary>The daily limit of a destination, over units that the storage has granted.</summary>
public sealed class DailyCapTests
{
    private static readonly Postfleet.Core.Queueing.QueueKey A = Queue("a.example");

    private readonly FakeUnits _units = new() { Left = 3 };

    [Fact]
    public void No_job_starts_without_a_unit_and_the_queue_waits_for_the_next_day()
    {
        var d = Destination().Up(A);
        d.Deliver(A, d.NewJobs(5));
        Answer(d);
        for (var i = 0; i < 3; i++) d.End(d.RunningJobs.Keys.First());

        Assert.Equal((3, 3), (d.Sends.Count(), _units.Used));
        var refusal = Assert.Single(d.Refusals);
        Assert.Equal("451 4.3.2 the limit of 3/d messages is used up", refusal.Reply.ToString());
        Assert.Equal((0, 0), (d.State.Waiting, d.State.Running));
        d.Ask(A, 5);
        Assert.Equal(2, d.Refusals.Count());
    }

    [Fact]
    public void The_storage_is_asked_once_at_a_time_and_jobs_wait_meanwhile()
    {
        _units.IsKnown = false;
        var d = Destination().Up(A);
        d.Deliver(A, d.NewJob());
        d.After(TimeSpan.FromSeconds(1));

        Assert.Empty(d.Sends);
        Assert.Equal(1, Assert.Single(d.Effects.OfType<DestinationEffect.TakeUnits>()).Units);
        Assert.True(d.State.NextWake(d.Now) > d.Now);
        _units.IsKnown = true;
        Answer(d);
        Assert.Single(d.Sends);
    }

    [Fact]
    public void While_the_storage_is_away_jobs_wait_and_it_is_asked_again()
    {
        _units.IsKnown = false;
        var d = Destination().Up(A);
        d.Deliver(A, d.NewJob());
        d.Do(() => d.State.Answered(d.Effects.OfType<DestinationEffect.TakeUnits>().Last().Day, null, d.Now));

        Assert.Equal((0, 1), (d.Sends.Count(), d.State.Waiting));
        Assert.Equal(d.Now + DailyCap.AskAgain, d.State.NextWake(d.Now));
        d.After(DailyCap.AskAgain);
        Assert.Equal(2, d.Effects.OfType<DestinationEffect.TakeUnits>().Count());
    }

    [Fact]
    public void A_job_that_began_no_transaction_returns_its_unit()
    {
        var d = Destination().Up(A);
        d.Deliver(A, d.NewJob());
        d.End(d.RunningJobs.Keys.Single(), isStale: true);
        d.Closed(d.Opens.First().Connection);

        Assert.Equal((1, 1), (_units.Returned, _units.Used + _units.Returned));
    }

    [Fact]
    public void Another_limit_counts_from_its_own_units()
    {
        var d = Destination().Up(A);
        d.Do(() => d.State.Use(Rules("1/d")));
        d.Deliver(A, d.NewJobs(2));

        Assert.Equal("1/d", _units.Limit.ToString());
        Assert.Single(d.Sends);
    }

    [Fact]
    public void Never_more_transactions_than_units() =>
        Gen.Select(Gen.Int[1, 30], Gen.Int[0, 1000]).Sample((left, seed) =>
        {
            var random = new Random(seed);
            var units = new FakeUnits { Left = left };
            var transactions = 0;
            // Each round is a new owner of the destination, which knows nothing of the last one.
            for (var round = 0; round < 4; round++)
            {
                var d = new DestinationDriver(Rules($"{left}/d"), seed, units.Of).Up(A);
                for (var step = 0; step < 40; step++)
                {
                    units.IsKnown = random.Next(3) > 0;
                    if (random.Next(2) == 0) d.Deliver(A, d.NewJobs(random.Next(3)));
                    foreach (var opened in d.Opens.Skip(1).Select(open => open.Connection).ToArray())
                        if (d.Unopened.Remove(opened)) d.Opened(opened);
                    foreach (var running in d.RunningJobs.Keys.ToArray())
                    {
                        var used = random.Next(2);
                        transactions += used;
                        d.End(running, isStale: used == 0, isUsable: used > 0);
                        if (used == 0) d.Closed(running);
                    }

                    if (d.Effects.OfType<DestinationEffect.TakeUnits>().LastOrDefault() is { Day.IsAsking: true } take)
                        d.Do(() => d.State.Answered(take.Day, random.Next(4) == 0 ? null : units.Ask(), d.Now));
                }
            }

            return transactions <= left;
        }, iter: 200);

    private static DestinationRules Rules(string limit) =>
        Rate.TryParseAny(limit, out var rate) ? new DestinationRules { MaxPerDay = rate } : throw new FormatException(limit);

    private DestinationDriver Destination() => new(Rules("3/d"), units: _units.Of);

    private void Answer(DestinationDriver d)
    {
        while (d.Effects.OfType<DestinationEffect.TakeUnits>().LastOrDefault() is { Day.IsAsking: true } take)
            d.Do(() => d.State.Answered(take.Day, _units.Ask(), d.Now));
    }

    private sealed class FakeUnits : IDailyUnits
    {
        public int Left { get; set; }

        public bool IsKnown { get; set; } = true;

        public int Used { get; private set; }

        public int Returned { get; private set; }

        public Rate Limit { get; private set; }

        public IDailyUnits Of(Rate limit)
        {
            if (Limit != limit) (Limit, Left) = (limit, (int)limit.Count - Used);
            return this;
        }

        public BudgetAnswer? TryTake() => IsKnown ? Ask() : null;

        public BudgetAnswer Ask()
        {
            if (Left == 0) return new BudgetAnswer(false, default, default, TimeSpan.FromHours(3), false);
            Left--;
            Used++;
            return BudgetAnswer.Granted(new BudgetSeries(1, 0));
        }

        public void Return(BudgetSeries series, int count)
        {
            Left += count;
            Used -= count;
            Returned += count;
        }
    }
}
