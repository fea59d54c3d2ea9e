using Postfleet.Core.Classification;
using Postfleet.Delivery.Destinations.State;
using Xunit;

namespace Postfleet.Delivery.Tests.Destinations.State;

/// <summary>Rules that concern one stream at a destination.</summary>
public sealed partial class SiteShapingTests
{
    [Fact]
    public void A_stream_is_paused_alone()
    {
        Match(Pause with { What = ReactionTarget.Stream });

        Assert.Equal("slow-down", _site.PauseOf("bulk", _now)!.Rule);
        Assert.Null(_site.PauseOf("news", _now));
        Assert.False(_site.IsPaused(_now));
    }

    [Fact]
    public void The_rate_of_one_stream_is_lowered_from_its_own_speed_and_comes_back_in_steps()
    {
        for (var second = 0; second < 20; second++, _now += TimeSpan.FromSeconds(1))
        {
            _site.Ended("news", 90, true, _now);
            _site.Ended("bulk", 8, true, _now);
        }

        for (var i = 0; i < 20; i++) Match(Slow with { What = ReactionTarget.Stream });

        Assert.Equal(("240/m", "rate:bulk"), (_site.Streams.RateOf("bulk").ToString(), Assert.Single(_site.TakeSteps()).Scope));
        Assert.True(_site.Streams.RateOf("news").IsNone);
        Assert.True(_site.IsQuiet);
        Assert.StartsWith("240/m by the rule slow-down, which has left 0.5 after: 421 slow down; it may rise at ",
            _site.Streams.Describe("bulk"), StringComparison.Ordinal);
        List<double> factors = [];
        while (_site.Streams.Find("bulk") is { } slowdown && factors.Count < 200)
        {
            factors.Add(slowdown.Factor);
            Pass(TimeSpan.FromMinutes(1));
        }

        Assert.True(_site.Streams.IsEmpty);
        Assert.All(factors.Zip(factors.Skip(1)), step => Assert.InRange(step.Second - step.First, 0, 0.1 + 1e-9));
        Assert.Equal(ShapingStep.Recovered, Steps()[^1]);
    }
}
