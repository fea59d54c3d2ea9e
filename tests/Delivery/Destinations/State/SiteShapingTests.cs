using CsCheck;
using Postfleet.Core.Classification;
using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;
using Postfleet.Core.Units;
using Postfleet.Delivery.Destinations.State;
using Xunit;

namespace Postfleet.Delivery.Tests.Destinations.State;

/// <summary>What rules for replies do to the limits of a site, and how the limits come back.</summary>
public sealed partial class SiteShapingTests
{
    private static readonly DateTimeOffset Start = new(2026, 12, 1, 8, 0, 0, TimeSpan.Zero);

    private static readonly DestinationRules Rules = new() { MaxConnections = 20, MaxRate = Of("100/s") };

    private DateTimeOffset _now = Start;
    private SiteShaping _site = new(Rules);

    [Fact]
    public void Many_connections_that_hear_of_one_event_halve_the_rate_once()
    {
        for (var i = 0; i < 20; i++) Match(Slow);

        Assert.Equal(("50/s", 20), (_site.Effective.MaxRate.ToString(), _site.Effective.MaxConnections));
        Pass(TimeSpan.FromSeconds(30));
        Match(Slow);
        Assert.Equal("25/s", _site.Effective.MaxRate.ToString());
        Assert.Equal([ShapingStep.Slowed, ShapingStep.Slowed], Steps());
    }

    [Fact]
    public void The_rate_rises_in_steps_and_stays_where_the_site_refused_mail()
    {
        Match(Slow);
        List<double> factors = [_site.Rate.Factor];
        while (_site.Rate.IsActive && factors.Count < 200)
        {
            Pass(TimeSpan.FromMinutes(1));
            factors.Add(_site.Rate.Factor);
        }

        Assert.False(_site.Rate.IsActive);
        Assert.Equal(Rules, _site.Effective);
        Assert.All(factors.Zip(factors.Skip(1)), step => Assert.InRange(step.Second - step.First, 0, 0.1 + 1e-9));
        Assert.InRange(factors.Count(factor => Math.Abs(factor - 0.95) < 1e-6), Slowdown.Plateau, Slowdown.Plateau + 2);
        Assert.Equal(ShapingStep.Recovered, Steps()[^1]);
    }

    [Fact]
    public void Time_without_deliveries_or_with_matches_raises_nothing()
    {
        Match(Slow);
        for (var i = 0; i < 10; i++) Pass(TimeSpan.FromMinutes(1), delivers: false);
        Assert.Equal(0.5, _site.Rate.Factor);
        Match(Slow);
        for (var i = 0; i < 10; i++)
        {
            Pass(TimeSpan.FromSeconds(20));
            Match(Slow with { Hold = TimeSpan.FromDays(1) });
        }

        Assert.Equal(0.25, _site.Rate.Factor);
    }

    [Fact]
    public void The_floor_holds()
    {
        for (var i = 0; i < 100; i++)
        {
            Match(Slow with { Floor = Of("30/m") }, Slow with { LeastConnections = 2 });
            Pass(TimeSpan.FromSeconds(31), delivers: false);
        }

        Assert.Equal(("30/m", 2), (_site.Effective.MaxRate.ToString(), _site.Effective.MaxConnections));
    }

    [Fact]
    public void Without_a_configured_rate_the_measured_one_is_lowered_and_grows_while_mail_waits()
    {
        _site = new SiteShaping(Rules with { MaxRate = Rate.None });
        for (var second = 0; second < 20; second++, _now += TimeSpan.FromSeconds(1)) _site.Ended("bulk", 40, true, _now);
        Match(Slow);
        Assert.Equal("20/s", _site.Effective.MaxRate.ToString());
        for (var i = 0; i < 60; i++) Pass(TimeSpan.FromMinutes(1), binds: true);
        // Above the speed at which the site refused mail there is no jump to none.
        Assert.True(_site.Rate.IsActive);
        Assert.InRange(_site.Rate.Limit, 40, 40 * Math.Pow(1.25, 60));
        for (var i = 0; i < 3; i++) Pass(TimeSpan.FromMinutes(1));
        Assert.True(_site.Effective.MaxRate.IsNone);
    }

    [Fact]
    public void Pauses_double_to_their_maximum_and_are_forgotten()
    {
        List<double> hours = [];
        for (var i = 0; i < 5; i++)
        {
            Match(Pause);
            hours.Add((_site.Pause.Until - _now).TotalHours);
            _now = _site.Pause.Until;
            _site.Tick(false, _now);
            Assert.False(_site.IsPaused(_now));
        }

        Assert.Equal([1, 2, 4, 6, 6], hours);
        _now = _site.Pause.ForgottenAt;
        _site.Tick(false, _now);
        Assert.Equal(ShapingStep.Forgotten, Steps()[^1]);
        Match(Pause);
        Assert.Equal(TimeSpan.FromHours(1), _site.Pause.Until - _now);
    }

    [Fact]
    public void Five_events_in_ten_minutes_pause_and_connections_count_as_one()
    {
        var after = Pause with { After = 5, Within = TimeSpan.FromMinutes(10) };
        for (var i = 0; i < 100; i++) Match(after);
        Assert.False(_site.IsPaused(_now));
        for (var i = 0; i < 3; i++)
        {
            _now += TimeSpan.FromMinutes(1);
            Match(after);
        }

        Assert.False(_site.IsPaused(_now));
        _now += TimeSpan.FromMinutes(1);
        Match(after);
        Assert.True(_site.IsPaused(_now));
    }

    [Fact]
    public void A_new_owner_goes_on_from_the_rows() => Gen.Int[0, 4].Array[1, 40].Sample(choices =>
    {
        var rows = new Dictionary<string, SiteState>(StringComparer.Ordinal);
        (_now, _site) = (Start, new SiteShaping(Rules));
        foreach (var choice in choices)
        {
            if (choice == 0) Match(Slow);
            else if (choice == 1) Match(Pause, Slow with { LeastConnections = 1 });
            else if (choice == 2) Match(Pause with { What = ReactionTarget.Stream });
            else if (choice == 3) Match(Slow with { What = ReactionTarget.Stream });
            Pass(TimeSpan.FromMinutes(1));
            foreach (var (_, scope, row) in _site.TakeSteps())
            {
                rows.Remove(scope);
                if (row is not null) rows.Add(scope, row);
            }

            var next = new SiteShaping(Rules);
            next.Restore([.. rows.Values], _now);
            Assert.Equal(_site.Effective, next.Effective);
            Assert.Equal(_site.Streams.RateOf("bulk"), next.Streams.RateOf("bulk"));
            Assert.Equal(_site.PauseOf("bulk", _now)?.Until, next.PauseOf("bulk", _now)?.Until);
            Assert.Equal(_site.PauseOf("news", _now)?.Until, next.PauseOf("news", _now)?.Until);
        }
    }, threads: 1);

    [Fact]
    public void A_pause_that_an_operator_ended_does_not_come_back_with_the_rows()
    {
        Match(Pause);
        Match(Pause with { What = ReactionTarget.Stream });
        _site.EndPauses(_now);
        Assert.Equal(["pause", "pause:bulk"], _site.TakeSteps().Where(step => step.Row is null).Select(step => step.Scope));
        Assert.Null(_site.PauseOf("bulk", _now));
        _site.EndPauses(_now);
        Assert.Empty(Steps());
    }

    [Theory]
    [InlineData(double.NaN, 1, long.MaxValue)]
    [InlineData(0.5, double.PositiveInfinity, long.MinValue)]
    [InlineData(-1, double.NaN, 0)]
    public void Damaged_rows_stop_no_mail_for_ever(double factor, double least, long length)
    {
        DateTimeOffset[] times = [DateTimeOffset.MinValue, DateTimeOffset.MaxValue];
        foreach (var time in times)
        {
            var site = new SiteShaping(Rules);
            site.Restore(
                [
                    .. new[] { "rate", "connections", "pause", "pause:bulk", "other" }.Select(scope => new SiteState(default, scope)
                    {
                        Factor = factor, Base = least, Ceiling = least, Until = time, Length = new TimeSpan(length), Count = int.MinValue,
                        ChangedAt = time,
                    }),
                ],
                _now);
            Assert.True(site.NextWake(_now) is null || site.NextWake(_now) <= _now + SiteState.MaxLength);
            Assert.Null(site.PauseOf("bulk", _now + SiteState.MaxLength));
            site.Tick(false, _now + SiteState.MaxLength);
            Assert.Equal(Rules, site.Effective);
        }
    }

    private static ReplyReaction Slow { get; } = new() { Slow = 0.5, Floor = Of("1/m") };

    private static ReplyReaction Pause { get; } = new() { Pause = TimeSpan.FromHours(1), Max = TimeSpan.FromHours(6) };

    private static Rate Of(string text) => Rate.TryParse(text, out var rate) ? rate : throw new ArgumentException(text);

    private void Match(params ReplyReaction[] reactions) => _site.Match(
        new ReplyMatch(
            new BounceRule { Id = "slow-down", Class = BounceClass.Find("throttled")!, Samples = [], Reactions = reactions },
            new SmtpReply(421, null, "slow down"), "bulk"),
        0, _now);

    private void Pass(TimeSpan time, bool delivers = true, bool binds = false)
    {
        _site.Ended("bulk", 1, delivers, _now);
        _now += time;
        _site.Tick(binds, _now);
    }

    private List<ShapingStep> Steps() => [.. _site.TakeSteps().Select(step => step.Step)];
}
