using System.Diagnostics;
using Postfleet.Tools.Loading;
using Xunit;

namespace Postfleet.Tools.Tests.Loading;

public sealed class PercentilesTests
{
    [Fact]
    public void Percentiles_of_a_thousand_values_have_their_ranks() => AssertAre(500, 990, 999, 1000, Enumerable.Range(1, 1000));

    [Fact]
    public void Last_share_of_a_hundred_values_is_the_last_value() => AssertAre(50, 99, 100, 100, Enumerable.Range(1, 100));

    [Fact]
    public void Median_of_an_odd_number_of_values_is_the_middle_value() => AssertAre(20, 30, 30, 30, [10, 20, 30]);

    [Fact]
    public void Percentiles_of_one_value_are_the_value() => AssertAre(7, 7, 7, 7, [7]);

    [Fact]
    public void Order_of_options_does_not_matter()
    {
        var shuffled = Enumerable.Range(1, 1000).ToArray();
        new Random(1).Shuffle(shuffled);
        AssertAre(500, 990, 999, 1000, shuffled);
    }

    [Fact]
    public void Arrival_before_the_acknowledgement_counts() => AssertAre(-3, 4, 4, 4, [-5, -3, 4]);

    [Fact]
    public void Empty_input_has_no_percentiles() => Assert.Null(Percentiles.Of([]));

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
