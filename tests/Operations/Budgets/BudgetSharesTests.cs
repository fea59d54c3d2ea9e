using CsCheck;
using Postfleet.Contracts.Budgets;
using Postfleet.Core.Budgets;
using Postfleet.Core.Units;
using Postfleet.Operations.Budgets;
using Postfleet.Spool.Common;
using Postfleet.Testing.Fakes;
using Xunit;

namespace Postfleet.Operations.Tests.Budgets;

/// <summary>What a node has of limits.</summary>
public sealed class BudgetSharesTests
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 30, 12, 0, 0, TimeSpan.Zero);
    private static readonly BudgetLimit Day = new("day", BudgetKind.Daily, Of("1000/d"));
    private static readonly BudgetLimit PerSecond = new("rate", BudgetKind.Rate, Of("100/s"));
    private static readonly object User = new();

    private readonly BudgetShares _shares = new();

    [Fact]
    public void Units_of_a_block_are_used_without_a_question()
    {
        Assert.Null(_shares.TryTake(Day, User, At(0)));
        Add(Day, 10, left: 990, at: 0);
        for (var i = 0; i < 10; i++) Assert.True(_shares.TryTake(Day, User, At(i * 0.1))!.Value.IsGranted);
        Assert.Null(_shares.TryTake(Day, User, At(1)));
    }

    [Fact]
    public void Unused_units_of_a_day_are_returned_after_some_seconds_and_once()
    {
        Add(Day, 10, left: 990, at: 0);
        _shares.TryTake(Day, User, At(1));
        _shares.Tidy(At(5), isLast: false);
        Assert.Empty(_shares.TakeReturns(10));
        _shares.Tidy(At(6), isLast: false);
        Assert.Equal([new BudgetReturn(Day, new(1, 1), 9)], _shares.TakeReturns(10));
        Assert.Empty(_shares.TakeReturns(10));
        Assert.Null(_shares.TryTake(Day, User, At(6)));
    }

    [Fact]
    public void Units_of_a_past_day_are_neither_used_nor_returned()
    {
        _shares.Add(Day, new BudgetGrant(10, new(1, 1), 990, TimeSpan.FromSeconds(2), Noon), User, At(0), At(1));
        Assert.True(_shares.TryTake(Day, User, At(1.9))!.Value.IsGranted);
        Assert.Null(_shares.TryTake(Day, User, At(2)));
        _shares.Tidy(At(10), isLast: true);
        Assert.Empty(_shares.TakeReturns(10));
    }

    [Fact]
    public void Units_that_a_session_returns_serve_the_next_one_up_to_a_block()
    {
        Add(Day, 2, left: 0, at: 0);
        for (var i = 0; i < 2; i++) _shares.TryTake(Day, User, At(0));
        _shares.Return(new BudgetReturn(Day, new(1, 1), 2), At(1));
        for (var i = 0; i < 2; i++) Assert.True(_shares.TryTake(Day, User, At(1))!.Value.IsGranted);
        _shares.Return(new BudgetReturn(Day, new(1, 1), 500), At(1));
        Assert.Equal([new BudgetReturn(Day, new(1, 1), 490)], _shares.TakeReturns(10));
        Assert.Equal(10, _shares.Units);
    }

    [Fact]
    public void Units_of_another_count_go_to_the_storage_which_judges_them()
    {
        Add(Day, 2, left: 0, at: 0);
        _shares.Return(new BudgetReturn(Day, new(1, 0), 2), At(1));
        Assert.Equal([new BudgetReturn(Day, new(1, 0), 2)], _shares.TakeReturns(10));
        _shares.Add(Day, new BudgetGrant(5, new(1, 2), 90, TimeSpan.FromHours(1), Noon), User, At(1), At(1));
        Assert.Equal([new BudgetReturn(Day, new(1, 1), 2)], _shares.TakeReturns(10));
        Assert.Equal(new BudgetSeries(1, 2), _shares.TryTake(Day, User, At(1))!.Value.Series);
    }

    [Fact]
    public void A_refusal_is_remembered_until_it_may_have_changed()
    {
        Add(Day, 0, left: 0, at: 0);
        var refusal = _shares.TryTake(Day, User, At(1))!.Value;
        Assert.Equal((false, true, Noon, TimeSpan.FromSeconds(3599)), (refusal.IsGranted, refusal.IsNews, refusal.FreeAt, refusal.FreeIn));
        Assert.False(_shares.TryTake(Day, User, At(9.9))!.Value.IsNews);
        Assert.Null(_shares.TryTake(Day, User, At(10)));
        Add(Day, 0, left: 0, at: 10);
        Assert.False(_shares.TryTake(Day, User, At(11))!.Value.IsNews);
        // An operator has changed the user.
        Assert.Null(_shares.TryTake(Day, new object(), At(11)));
        Assert.Null(_shares.TryTake(Day with { Value = Of("2000/d") }, User, At(11)));
    }

    [Fact]
    public void A_rate_is_asked_again_when_it_is_free()
    {
        _shares.Add(PerSecond, new BudgetGrant(0, new(0, 1), 0, TimeSpan.FromMilliseconds(300), Noon), User, At(0), At(0));
        Assert.False(_shares.TryTake(PerSecond, User, At(0.2))!.Value.IsGranted);
        Assert.Null(_shares.TryTake(PerSecond, User, At(0.3)));
    }

    [Fact]
    public void Blocks_are_small_near_the_limit()
    {
        _shares.TryTake(Day, User, At(0));
        Assert.Equal((10, 100), (_shares.Want(Day, 0), _shares.Want(Day, 5000)));
        Add(Day, 1, left: 40, at: 0);
        Assert.Equal((4, 4), (_shares.Want(Day, 0), _shares.Want(Day, 5000)));
        Add(Day, 1, left: 5, at: 0);
        Assert.Equal(1, _shares.Want(Day, 0));
    }

    [Fact]
    public void A_changed_limit_gives_its_units_back()
    {
        Add(Day, 10, left: 990, at: 0);
        Assert.Null(_shares.TryTake(Day with { Value = Of("5/d") }, User, At(0)));
        Assert.Equal([new BudgetReturn(Day, new(1, 1), 10)], _shares.TakeReturns(10));
    }

    [Fact]
    public void Known_recipients_cost_no_question_for_the_day()
    {
        var known = new BudgetContact(Day, Guid.NewGuid());
        Assert.Null(_shares.TryMeet(known, User, At(0)));
        Assert.True(_shares.Add(known, new ContactGrant(false, true, TimeSpan.FromSeconds(60), Noon), User, At(0), At(0)).IsGranted);
        Assert.True(_shares.TryMeet(known, User, At(59))!.Value.IsGranted);
        Assert.Null(_shares.TryMeet(known, User, At(60)));
    }

    private enum Step
    {
        Take,
        Accept,
        Abort,
        Pause,
        LongPause,
        Crash,
        Outage,
        LostAnswer,
        NextDay,
    }

    /// <summary>
    /// Three nodes with a database: never more accepted than the limit, a crash wastes a block at most, and all units can be had when
    /// nobody crashes.
    /// </summary>
    [Fact]
    public void Nodes_together_accept_the_limit_exactly() => Gen.Select(
        Gen.Int[1, 400], Gen.Select(Gen.Enum<Step>(), Gen.Int[0, 2], Gen.Int[1, 30]).Array[1, 120]).Sample((most, steps) =>
    {
        var limit = Day with { Value = Of($"{most}/d") };
        var (now, start) = (Noon, Noon);
        var store = new MemoryBudgets(() => now);
        BudgetShares[] nodes = [new(), new(), new()];
        var open = new List<BudgetAnswer>[] { [], [], [] };
        Dictionary<int, long> accepted = [];
        var (losses, wasted) = (0, 0L);
        foreach (var (step, node, number) in steps)
        {
            switch (step)
            {
                case Step.Take or Step.Outage or Step.LostAnswer:
                    (store.IsAway, store.LosesAnswers) = (step != Step.Take, step == Step.LostAnswer);
                    for (var i = 0; i < number && TryTake(node) is { } unit; i++) open[node].Add(unit);
                    (store.IsAway, store.LosesAnswers) = (false, false);
                    break;
                case Step.Accept:
                    foreach (var unit in open[node]) accepted[unit.Series.Day] = accepted.GetValueOrDefault(unit.Series.Day) + 1;
                    open[node].Clear();
                    break;
                case Step.Abort:
                    foreach (var unit in open[node]) nodes[node].Return(new BudgetReturn(limit, unit.Series, 1), now - start);
                    open[node].Clear();
                    break;
                case Step.Crash:
                    losses++;
                    // The rest of a block, and the recipients of open messages.
                    wasted += BudgetLimit.MaxBlock + open[node].Count;
                    nodes[node] = new BudgetShares();
                    open[node].Clear();
                    break;
                default:
                    now += step == Step.NextDay ? TimeSpan.FromDays(1) : TimeSpan.FromSeconds(step == Step.Pause ? 1 : 20);
                    foreach (var shares in nodes) Tidy(shares, false);
                    break;
            }

            Assert.All(accepted, day => Assert.True(day.Value <= most, $"{day.Value} of {most} accepted on day {day.Key}"));
        }

        // What is there can be had by one node when the others are idle.
        var reached = accepted.GetValueOrDefault(BudgetCount.DayOf((now - DateTimeOffset.UnixEpoch).Ticks / 10));
        for (var i = 0; i < 3; i++)
        {
            foreach (var unit in open[i]) nodes[i].Return(new BudgetReturn(limit, unit.Series, 1), now - start);
            Tidy(nodes[i], true);
        }

        now += BudgetShare.MaxRefusal;
        for (; TryTake(0) is { } unit;) reached += unit.IsGranted ? 1 : 0;
        Assert.InRange(reached, Math.Max(most - wasted, 0), most);
        if (losses == 0) Assert.Equal(most, reached);

        BudgetAnswer? TryTake(int node)
        {
            while (true)
            {
                if (nodes[node].TryTake(limit, User, now - start) is { } answer) return answer.IsGranted ? answer : null;
                var take = new BudgetTake(limit, nodes[node].Want(limit, open[node].Count));
                var returns = nodes[node].TakeReturns(9);
                try
                {
                    var grants = store.Run(new BudgetBatch(returns, [take], [])).Grants;
                    nodes[node].Add(limit, grants[0], User, now - start, now - start);
                }
                catch (SpoolUnavailableException)
                {
                    losses++;
                    // Units whose return may have failed are not returned again.
                    wasted += take.Count + returns.Sum(units => units.Count);
                    return null;
                }
            }
        }

        void Tidy(BudgetShares shares, bool isLast)
        {
            shares.Tidy(now - start, isLast);
            while (shares.HasReturns) store.Run(new BudgetBatch(shares.TakeReturns(9), [], []));
        }
    });

    private static Rate Of(string text) => Rate.TryParseAny(text, out var rate) ? rate : throw new ArgumentException(text);

    private static TimeSpan At(double seconds) => TimeSpan.FromSeconds(seconds);

    private void Add(BudgetLimit limit, long count, long left, double at) =>
        _shares.Add(limit, new BudgetGrant(count, new(1, 1), left, TimeSpan.FromHours(1), Noon), User, At(at), At(at));
}
