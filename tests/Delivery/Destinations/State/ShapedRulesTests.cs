using Postfleet.Core.Queueing;
using Postfleet.Core.Units;
using Postfleet.Delivery.Destinations.State;
using Postfleet.Delivery.Options;
using Postfleet.Delivery.Shaping;
using Xunit;
using static Postfleet.Delivery.Tests.Destinations.State.DestinationDriver;

namespace Postfleet.Delivery.Tests.Destinations.State;

/// <summary>Hours, rates of connections and several rates of messages at a destination.</summary>
public sealed class ShapedRulesTests
{
    private static readonly QueueKey A = Queue("a.example");
    private static readonly QueueKey B = Queue("b.example");

    // The driver's clock begins at midnight of UTC.
    [Fact]
    public void Outside_of_its_hours_a_destination_sends_nothing_and_tells_queues_when_it_does()
    {
        var d = new DestinationDriver(new DestinationRules { Hours = SendingHours.TryParse("00:30-08:00") });
        d.Ask(A, 1);

        var refusal = Assert.Single(d.Refusals);
        Assert.Equal(
            (TimeSpan.FromMinutes(30), "451 4.3.2 mail is sent at 00:30-08:00 UTC alone"), (refusal.RetryAfter, $"{refusal.Reply}"));
        Assert.Empty(d.Opens);
        d.After(TimeSpan.FromMinutes(30));
        d.Up(A);
        Assert.Single(d.Grants);
    }

    [Fact]
    public void When_the_hours_end_waiting_jobs_return_and_running_ones_end()
    {
        var d = new DestinationDriver(new DestinationRules { Hours = SendingHours.TryParse("23:00-00:10"), MaxConnections = 1 }).Up(A);
        d.Deliver(A, d.NewJobs(3));
        Assert.Equal(new DateTimeOffset(2026, 1, 1, 0, 10, 0, TimeSpan.Zero), d.State.NextWake(d.Now));
        d.After(TimeSpan.FromMinutes(10));

        Assert.Equal((0, 1), (d.State.Waiting, d.State.Running));
        Assert.Equal(2, d.Reported.Count());
        Assert.Single(d.Refusals);
        d.End(d.RunningJobs.Keys.Single());
        Assert.Equal(3, d.Reported.Count());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_job_whose_connection_ends_after_the_hours_returns_too(bool isClosed)
    {
        var d = new DestinationDriver(new DestinationRules { Hours = SendingHours.TryParse("23:00-00:10"), MaxConnections = 1 }).Up(A);
        d.Deliver(A, d.NewJobs(1));
        d.After(TimeSpan.FromMinutes(10));
        var (running, opens) = (d.RunningJobs.Keys.Single(), d.Opens.Count());
        if (!isClosed) d.End(running, isStale: true);
        d.Closed(running);
        d.After(TimeSpan.FromMinutes(1));

        Assert.Equal((0, opens), (d.State.Waiting, d.Opens.Count()));
        // Reported again while it is not acknowledged.
        Assert.Equal([AttemptResult.NotAttempted], d.Reported.Select(outcome => outcome.Result).Distinct());
    }

    [Fact]
    public void The_hours_of_a_domain_hold_up_its_own_mail_alone()
    {
        var table = new ShapingTable([], [new DestinationOptions { Domain = "b.example", Hours = "08:00-20:00 UTC" }]);
        var d = new DestinationDriver(table.Of(Target.Destination, Target.Hosts).Apply(new DestinationRules())).Up(A);
        d.Ask(B, 1);

        Assert.Equal([B], d.Refusals.Select(refusal => refusal.Queue));
        Assert.Equal([A], d.Grants.Select(grant => grant.Queue));
    }

    [Fact]
    public void A_message_takes_a_token_of_each_rate()
    {
        var site = new BusySite(new DestinationRules { MaxRate = Parse("10/s, 60/m") }).RunFor(TimeSpan.FromMinutes(3));

        Assert.InRange(site.Started.Count, 170, 181);
        Assert.All(site.Started, each => Assert.True(Within(site, each.At, TimeSpan.FromMinutes(1)) <= 62));
        // One rate alone would let more through.
        Assert.True(new BusySite(new DestinationRules { MaxRate = Parse("10/s") }).RunFor(TimeSpan.FromMinutes(3)).Started.Count > 1500);
    }

    [Fact]
    public void Connections_open_at_their_rate()
    {
        Assert.True(Rate.TryParse("30/m", out var rate));
        var site = new BusySite(new DestinationRules { MaxConnectionRate = rate, MaxConnections = 50 }) { IsUsableAfter = false }
            .RunFor(TimeSpan.FromMinutes(4));

        Assert.InRange(site.Opened, 110, 121);
        Assert.Equal(site.Opened, site.Started.Count, 3.0);
        Assert.True(site.Wakes < 2000, $"{site.Wakes} wakes");
    }

    private static int Within(BusySite site, DateTimeOffset from, TimeSpan time) =>
        site.Started.Count(each => each.At >= from && each.At < from + time);

    private static RateList Parse(string text) => RateList.TryParse(text, out var rates) ? rates : throw new FormatException(text);
}
