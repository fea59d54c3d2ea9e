using System.Diagnostics;
using Postfleet.Tools.Loading;
using Xunit;

namespace Postfleet.Tools.Tests.Loading;

public sealed class PercentilesTests
{
    [Fact]
    public void Of_a_thousand_each_is_the_one_of_its_rank() => AssertAre(500, 990, 999, 1000, Enumerable.Range(1, 1000));

    [Fact]
    public void Of_a_hundred_the_last_share_is_the_last() => AssertAre(50, 99, 100, 100, Enumerable.Range(1, 100));

    [Fact]
    public void Of_an_odd_number_the_middle_is_in_the_middle() => AssertAre(20, 30, 30, 30, [10, 20, 30]);

    [Fact]
    public void Of_one_all_are_that_one() => AssertAre(7, 7, 7, 7, [7]);

    [Fact]
    public void Their_order_does_not_matter()
    {
        var shuffled = Enumerable.Range(1, 1000).ToArray();
        new Random(1).Shuffle(shuffled);
        AssertAre(500, 990, 999, 1000, shuffled);
    }

    [Fact]
    public void What_arrived_before_it_was_acknowledged_counts_as_it_is() => AssertAre(-3, 4, 4, 4, [-5, -3, 4]);

    [Fact]
    public void Of_nothing_there_are_none() => Assert.Null(Percentiles.Of([]));

    private static void AssertAre(double p50, double p99, double p999, double max, IEnumerable<int> milliseconds) => Assert.Equal(
        new Percentiles
        {
            P50 = p50,
            P99 = p99,
            P999 = p999,
            Max = max,
        },
        Percentiles.Of(milliseconds.Select(each => each * (Stopwatch.Frequency / 1000))));
}
