using Postfleet.Core.Budgets;
using Postfleet.Core.Units;
using Postfleet.Operations.Budgets;
using Xunit;

namespace Postfleet.Operations.Tests.Budgets;

/// <summary>How long a node may use units of a rate: they belong to the time in which the storage granted them.</summary>
public sealed class RateUnitTests
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 30, 12, 0, 0, TimeSpan.Zero);
    private static readonly BudgetLimit PerSecond =
        new("rate", BudgetKind.Rate, Rate.TryParseAny("100/s", out var rate) ? rate : throw new FormatException());

    private static readonly object User = new();

    private readonly BudgetShares _shares = new();

    [Fact]
    public void Units_of_a_rate_are_returned_after_a_second()
    {
        Add(at: 0);
        Assert.True(_shares.TryTake(PerSecond, User, At(0.9))!.Value.IsGranted);
        Assert.Null(_shares.TryTake(PerSecond, User, At(1)));
        Assert.Equal([new BudgetReturn(PerSecond, new(0, 1), 9)], _shares.TakeReturns(10));
    }

    [Fact]
    public void Later_answer_gives_no_more_time_to_units_of_a_rate()
    {
        Add(at: 0);
        Add(at: 0.9);
        Assert.Null(_shares.TryTake(PerSecond, User, At(1)));
        Assert.Equal([new BudgetReturn(PerSecond, new(0, 1), 20)], _shares.TakeReturns(10));
        // The next answer has its whole second.
        Add(at: 1.1);
        Assert.True(_shares.TryTake(PerSecond, User, At(2))!.Value.IsGranted);
    }

    private static TimeSpan At(double seconds) => TimeSpan.FromSeconds(seconds);

    private void Add(double at) =>
        _shares.Add(PerSecond, new BudgetGrant(10, new(0, 1), 90, default, Noon), User, At(at), At(at));
}
