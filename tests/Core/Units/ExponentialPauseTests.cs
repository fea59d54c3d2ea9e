using CsCheck;
using Postfleet.Core.Units;
using Xunit;

namespace Postfleet.Core.Tests.Units;

public sealed class ExponentialPauseTests
{
    private static readonly TimeSpan First = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Max = TimeSpan.FromSeconds(10);

    [Theory]
    [InlineData(-1, 0)]
    [InlineData(0, 0)]
    [InlineData(1, 1)]
    [InlineData(2, 2)]
    [InlineData(4, 8)]
    [InlineData(5, 10)]
    [InlineData(int.MaxValue, 10)]
    public void Pauses_double_up_to_the_longest(int failures, double seconds)
    {
        Assert.Equal(TimeSpan.FromSeconds(seconds), ExponentialPause.After(failures, First, Max));
        Assert.Equal(seconds, ExponentialPause.After(failures, 1.0, 10.0));
    }

    [Fact]
    public void A_first_pause_beyond_the_longest_is_cut()
    {
        Assert.Equal(First, ExponentialPause.After(1, Max, First));
        Assert.Equal(First, ExponentialPause.Next(TimeSpan.Zero, Max, First));
    }

    [Fact]
    public void Extreme_pauses_do_not_overflow()
    {
        Assert.Equal(TimeSpan.FromDays(3650), ExponentialPause.After(1000, TimeSpan.FromDays(10), TimeSpan.FromDays(3650)));
        Assert.Equal(TimeSpan.MaxValue, ExponentialPause.Next(TimeSpan.MaxValue, First, TimeSpan.MaxValue));
    }

    [Fact]
    public void Successive_pauses_equal_pauses_by_number() => Gen.Select(Gen.Int[1, 100_000], Gen.Int[1, 100_000]).Sample((first, max) =>
    {
        var (one, most) = (TimeSpan.FromMilliseconds(first), TimeSpan.FromMilliseconds(max));
        var pause = TimeSpan.Zero;
        for (var failures = 1; failures <= 40; failures++)
        {
            pause = ExponentialPause.Next(pause, one, most);
            Assert.Equal(ExponentialPause.After(failures, one, most), pause);
        }
    });
}
