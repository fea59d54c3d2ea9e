using CsCheck;
using Postfleet.Core.Budgets;
using Postfleet.Core.Mail;
using Postfleet.Core.Units;
using Xunit;

namespace Postfleet.Core.Tests.Budgets;

/// <summary>The rules by which the count of a limit changes.</summary>
public sealed class BudgetCountTests
{
    private const long Second = 1_000_000;
    private const long Day = 86_400 * Second;

    // Noon of a day.
    private const long Noon = 20_000 * Day + Day / 2;

    [Theory]
    [InlineData("10/s", 1)]
    [InlineData("1000/m", 1)]
    [InlineData("100000/s", 100)]
    [InlineData("20000/h", 1)]
    public void A_block_of_a_rate_is_a_tenth_of_a_second(string rate, int block) => Assert.Equal(block, PerTime(rate).Block);

    [Theory]
    [InlineData("20/d", 1)]
    [InlineData("5000/d", 50)]
    [InlineData("1000000/d", 100)]
    public void A_block_of_a_day_is_a_hundredth(string rate, int block) => Assert.Equal(block, PerDay(rate).Block);

    [Fact]
    public void A_day_begins_anew_at_midnight_and_not_when_the_clock_is_set_back_over_it()
    {
        var limit = PerDay("10/d");
        var count = default(BudgetCount).Take(limit, 10, Noon, out var grant);
        Assert.Equal(10, grant.Count);
        Assert.Equal(TimeSpan.FromHours(12), grant.Ends);
        count = count.Take(limit, 4, Noon + Day / 2, out grant);
        Assert.Equal((4, 6), (grant.Count, grant.Left));
        count = count.Take(limit, 10, Noon + Day / 2 - 2 * Second, out grant);
        Assert.Equal(6, grant.Count);
        Assert.Equal(TimeSpan.FromDays(1) + TimeSpan.FromSeconds(2), grant.Ends);
        count.Take(limit, 1, Noon + Day, out grant);
        Assert.Equal(0, grant.Count);
        count.Take(limit, 1, Noon + Day / 2 + Day, out grant);
        Assert.Equal(1, grant.Count);
    }

    [Fact]
    public void A_clock_that_was_days_ahead_locks_nobody_out()
    {
        var limit = PerDay("10/d");
        var count = default(BudgetCount).Take(limit, 10, Noon + 30 * Day, out _);
        count.Take(limit, 10, Noon, out var grant);
        Assert.Equal(10, grant.Count);
    }

    [Fact]
    public void A_rate_whose_clock_is_set_back_goes_on_with_an_empty_bucket()
    {
        var limit = PerTime("10/s");
        var count = default(BudgetCount).Take(limit, 3, Noon, out var early);
        Assert.Equal(3, early.Count);
        count = count.Take(limit, 1, Noon - 3600 * Second, out var grant);
        Assert.Equal((0, TimeSpan.FromMilliseconds(100)), (grant.Count, grant.Ends));
        // The units of the former time do not come back.
        Assert.Equal(count, count.Return(new BudgetReturn(limit, early.Series, 3)));
        count.Take(limit, 20, Noon - 3600 * Second + Second, out grant);
        Assert.Equal(10, grant.Count);
    }

    [Fact]
    public void A_lower_rate_holds_at_once()
    {
        var count = default(BudgetCount).Take(PerTime("86400/d"), 86400, Noon, out _);
        count = count.Take(PerTime("10/s"), 5, Noon, out var grant);
        Assert.Equal(0, grant.Count);
        count.Take(PerTime("10/s"), 50, Noon + Second / 2, out grant);
        Assert.Equal(5, grant.Count);
    }

    /// <summary>In no time more than a full bucket and what flows in the time, whatever is taken and returned at once.</summary>
    [Fact]
    public void A_rate_grants_no_more_than_its_bucket_and_its_flow() => Gen.Select(
        Choice("10/s", "7/s", "90000/s", "1000/m", "77/h", "3/d", "100000/d"),
        Gen.Select(Gen.Long[0, 3 * Second], Gen.Long[1, 200], Gen.Long[0, 200]).Array[1, 60]).Sample((rate, steps) =>
    {
        var limit = PerTime(rate);
        var (count, now, taken) = (default(BudgetCount), Noon, 0L);
        foreach (var (pause, wanted, unused) in steps)
        {
            now += pause;
            count = count.Take(limit, wanted, now, out var grant);
            var returned = Math.Min(unused, grant.Count);
            count = count.Return(new BudgetReturn(limit, grant.Series, returned));
            taken += grant.Count - returned;
            var most = limit.Most + (Int128)(now - Noon) * 1000 / limit.Step;
            Assert.True(taken <= most, $"{taken} of {most}");
            Assert.Equal(grant.Left > 0, grant.Ends == TimeSpan.Zero);
        }

        // All that flows in a long time is there.
        count.Take(limit, long.MaxValue >> 20, now + 2 * Day, out var all);
        Assert.Equal(limit.Most, all.Count);
    });

    /// <summary>A client that comes back at the given time finds a unit, and not a microsecond earlier.</summary>
    [Fact]
    public void A_rate_tells_when_the_next_unit_is_there() => Gen.Select(
        Choice("10/s", "7/s", "90000/s", "1000/m", "77/h", "3/d"), Gen.Long[0, Day]).Sample((rate, later) =>
    {
        var limit = PerTime(rate);
        var count = default(BudgetCount).Take(limit, limit.Most, Noon, out _);
        count = count.Take(limit, limit.Most, Noon + later, out var grant);
        count.Take(limit, 1, Noon + later, out grant);
        if (grant.Count > 0) return;
        var wait = grant.Ends.Ticks / TimeSpan.TicksPerMicrosecond;
        count.Take(limit, 1, Noon + later + wait, out grant);
        Assert.Equal(1, grant.Count);
        count.Take(limit, 1, Noon + later + wait - 1, out grant);
        Assert.Equal(0, grant.Count);
    });

    [Fact]
    public void A_recipient_has_one_key_in_any_case()
    {
        Assert.Equal(RecipientKey.Of(Mailbox.Parse("Bob@Example.org")), RecipientKey.Of(Mailbox.Parse("bob@example.ORG")));
        Assert.NotEqual(RecipientKey.Of(Mailbox.Parse("bob@example.org")), RecipientKey.Of(Mailbox.Parse("bob@example.net")));
    }

    private static Gen<string> Choice(params string[] values) => Gen.Int[0, values.Length - 1].Select(i => values[i]);

    private static BudgetLimit PerTime(string rate) => new("rate", BudgetKind.Rate, Of(rate));

    private static BudgetLimit PerDay(string rate) => new("day", BudgetKind.Daily, Of(rate));

    private static Rate Of(string text) => Rate.TryParseAny(text, out var rate) ? rate : throw new ArgumentException(text);
}
