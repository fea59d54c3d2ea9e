using CsCheck;
using Postfleet.Core.Queueing;
using Postfleet.Core.Units;
using Postfleet.Delivery.Destinations.State;
using Xunit;
using static Postfleet.Delivery.Tests.Destinations.State.DestinationDriver;

namespace Postfleet.Delivery.Tests.Destinations.State;

/// <summary>The effect of a rate on a destination with more mail than allowed by the rate.</summary>
public sealed class SiteRateTests
{
    private static readonly QueueKey A = Queue("a.example");

    [Theory]
    [InlineData("6/m")]
    [InlineData("1/s")]
    [InlineData("50/s")]
    [InlineData("3000/m")]
    [InlineData("180000/h")]
    [InlineData("200/s")]
    [InlineData("1000/s")]
    public void The_rate_is_met_and_not_exceeded_over_a_minute(string text)
    {
        var rate = Parse(text);
        var site = new BusySite(new DestinationRules { MaxRate = rate, MaxConnections = 50 }, queues: 40).RunFor(TimeSpan.FromSeconds(70));
        Assert.InRange(Windows(site, TimeSpan.FromSeconds(1)).Max(), 0, rate.In(TimeSpan.FromSeconds(1) + TokenBucket.Slack) + 1);
        var last = site.Now - TimeSpan.FromMinutes(1);
        var ideal = rate.In(TimeSpan.FromMinutes(1));
        Assert.InRange(site.Started.Count(started => started.At > last), ideal * 0.98 - 1, ideal * 1.02 + 1);
    }

    [Theory]
    [InlineData("200/s", "20/s")]
    [InlineData("20/s", "200/s")]
    [InlineData("", "50/s")]
    public void A_changed_rate_holds_at_once_and_running_jobs_end_by_the_earlier_one(string before, string after)
    {
        var site = new BusySite(Rules(before), queues: 10).RunFor(TimeSpan.FromSeconds(5));
        site.Use(Rules(after));
        var change = site.Now;
        site.RunFor(TimeSpan.FromSeconds(30));
        var rate = Parse(after);
        Assert.InRange(
            site.Started.Count(started => started.At > change), rate.In(TimeSpan.FromSeconds(29)) * 0.95,
            rate.In(TimeSpan.FromSeconds(30) + TokenBucket.Slack) + 1);
    }

    [Fact]
    public void The_queues_of_a_site_share_its_rate()
    {
        var site = new BusySite(Rules("50/s"), queues: 40).RunFor(TimeSpan.FromSeconds(61));
        var shares = site.Started.CountBy(started => started.Queue).Select(share => share.Value).ToList();
        Assert.Equal(40, shares.Count);
        Assert.All(shares, share => Assert.InRange(share, 65, 85));
    }

    [Fact]
    public void A_high_rate_does_not_wake_the_destination_for_each_message()
    {
        var site = new BusySite(Rules("1000/s")) { Lateness = TimeSpan.Zero }.RunFor(TimeSpan.FromSeconds(10));
        Assert.InRange(site.Started.Count, 9_800, 10_000);
        Assert.InRange(site.Wakes, 1, 1000);
    }

    [Fact]
    public void A_low_rate_hardly_wakes_the_destination_at_all()
    {
        var site = new BusySite(Rules("1/m")).RunFor(TimeSpan.FromHours(2));
        Assert.InRange(site.Started.Count, 118, 120);
        // Each message has a wake-up for its token and for the idle connection's end. More come from credit and outcomes.
        Assert.InRange(site.Wakes, 120, 800);
    }

    [Theory]
    [InlineData("1/m", 2)]
    [InlineData("1/s", 5)]
    [InlineData("50/s", 100)]
    public void A_slow_site_is_granted_no_more_than_it_takes_in_a_few_seconds(string rate, int most) =>
        Assert.InRange(new BusySite(Rules(rate), queues: 40).RunFor(TimeSpan.FromMinutes(10)).MostAhead, 1, most);

    [Fact]
    public void Jobs_that_wait_for_the_rate_alone_open_no_connections()
    {
        var site = new BusySite(Rules("1/s")).RunFor(TimeSpan.FromMinutes(2));
        Assert.Equal(1, site.MostConnections);
        Assert.Equal(1, site.Opened);
    }

    [Fact]
    public void Connections_grow_to_the_number_needed_for_the_rate()
    {
        var site = new BusySite(Rules("50/s")) { Sending = TimeSpan.FromMilliseconds(100) }.RunFor(TimeSpan.FromMinutes(1));
        Assert.InRange(site.Started.Count, 2900, 3000);
        Assert.InRange(site.MostConnections, 5, 10);
    }

    [Theory]
    [InlineData("1/s")]
    [InlineData("5/s")]
    [InlineData("10/s")]
    public void A_site_that_takes_one_message_a_connection_and_its_time_to_greet_gets_its_rate(string text)
    {
        var rate = Parse(text);
        var site = new BusySite(Rules(text)) { Connecting = TimeSpan.FromMilliseconds(400), IsUsableAfter = false }
            .RunFor(TimeSpan.FromSeconds(70));
        var last = site.Now - TimeSpan.FromMinutes(1);
        var ideal = rate.In(TimeSpan.FromMinutes(1));
        Assert.InRange(site.Started.Count(started => started.At > last), ideal * 0.98 - 1, ideal + 1);
        Assert.InRange(site.MostConnections, 1, 8);
    }

    [Fact]
    public void A_site_that_closes_its_connections_still_gets_its_rate()
    {
        var random = new Random(1);
        var site = new BusySite(Rules("50/s")) { Transactions = () => random.Next(3) == 0 ? null : 1 }.RunFor(TimeSpan.FromSeconds(61));
        Assert.InRange(site.Started.Count, 2940, 3060);
        Assert.InRange(Windows(site, TimeSpan.FromSeconds(1)).Max(), 0, 56);
    }

    [Fact]
    public void Each_transaction_of_a_message_counts()
    {
        var site = new BusySite(Rules("10/s")) { Recipients = 250, Transactions = () => 3 }.RunFor(TimeSpan.FromSeconds(100));
        Assert.InRange(site.Started.Count, 970, 1000);
        Assert.InRange(Windows(site, TimeSpan.FromSeconds(1)).Max(), 0, 13);
    }

    [Fact]
    public void Additional_transactions_at_a_site_with_a_low_recipient_limit_are_paid_for_afterwards()
    {
        var site = new BusySite(Rules("10/s")) { Recipients = 10, Transactions = () => 10 }.RunFor(TimeSpan.FromSeconds(100));
        Assert.InRange(site.Started.Count, 950, 1010);
    }

    [Fact]
    public void A_destination_that_starts_sends_nothing_before_the_first_token_has_come()
    {
        var d = new DestinationDriver(Rules("1/m")).Up(A);
        d.Deliver(A, d.NewJobs(2));
        d.After(TimeSpan.FromSeconds(4));
        Assert.Empty(d.Sends);
        d.After(d.State.NextWake(d.Now)!.Value - d.Now);
        Assert.Single(d.Effects.OfType<DestinationEffect.Close>());
        d.Closed(1);
        d.After(d.State.NextWake(d.Now)!.Value - d.Now);
        Assert.Equal(2, d.Opens.Count());
        Assert.Equal(TimeSpan.FromMinutes(1), d.Now - Start);
        d.Opened(2);
        Assert.Single(d.Sends);
        Assert.Equal(1, d.State.Waiting);
    }

    [Fact]
    public void A_job_that_was_not_begun_gives_its_token_to_the_next()
    {
        var d = new DestinationDriver(Rules("1/h")).Up(A);
        d.After(TimeSpan.FromHours(1));
        Assert.Equal(1, d.State.Tokens(d.Now));
        d.Closed(1);
        d.Deliver(A, d.NewJobs(2));
        d.Opened(2);
        Assert.Equal(0, d.State.Tokens(d.Now));
        d.End(2, transactions: 0);
        Assert.Equal(2, d.Sends.Count());
        Assert.Equal(0, d.State.Tokens(d.Now));
    }

    [Fact]
    public void Jobs_that_come_without_credit_are_given_back_when_they_would_wait_for_hours()
    {
        var d = new DestinationDriver(Rules("1/m")).Up(A);
        d.Deliver(A, d.NewJobs(500));
        Assert.Equal(d.Rules.MaxConnections + 2 * d.Rules.RateWindow, d.State.Waiting);
        Assert.Equal(500 - d.State.Waiting, d.Reported.Count(outcome => outcome.Result == AttemptResult.NotAttempted));
    }

    [Fact]
    public void A_stopping_destination_gives_back_jobs_waiting_for_the_rate()
    {
        var d = new DestinationDriver(Rules("1/m")).Up(A);
        d.Deliver(A, d.NewJobs(2));
        d.Stop();
        Assert.Equal([AttemptResult.NotAttempted, AttemptResult.NotAttempted], d.Reported.Select(outcome => outcome.Result));
        Assert.Empty(d.Sends);
    }

    [Fact]
    public void No_window_exceeds_its_rate_and_the_burst_with_any_site() =>
        Gen.Select(Gen.Int[1, 300], Gen.Int[0, 1], Gen.Int[0, int.MaxValue], Gen.Int[1, 20]).Sample((count, unit, seed, connections) =>
        {
            var rate = Parse($"{count}/{"sm"[unit]}");
            var random = new Random(seed);
            var site = new BusySite(new DestinationRules { MaxRate = rate, MaxConnections = connections }, random.Next(1, 5), seed)
            {
                Connecting = TimeSpan.FromMilliseconds(random.Next(2000)),
                Sending = TimeSpan.FromMilliseconds(random.Next(2000)),
                Lateness = TimeSpan.FromMilliseconds(random.Next(200)),
                Transactions = () => random.Next(4) == 0 ? null : random.Next(8) == 0 ? 0 : 1,
            }.RunFor(TimeSpan.FromSeconds(30));
            foreach (var window in new[] { 0.1, 1, 10 })
            {
                // A closed window has its own length and one tick more.
                var most = rate.In(TimeSpan.FromSeconds(window) + TokenBucket.Slack + TimeSpan.FromTicks(1)) + 1;
                Assert.InRange(Windows(site, TimeSpan.FromSeconds(window)).Max(), 0, most);
            }
        }, iter: 200);

    private static DateTimeOffset Start { get; } = new DestinationDriver().Now;

    private static DestinationRules Rules(string rate) => new() { MaxRate = Parse(rate) };

    private static Rate Parse(string text) => Rate.TryParse(text, out var rate) ? rate : throw new ArgumentException(text);

    /// <summary>Number of transactions in the window beginning with each transaction.</summary>
    private static IEnumerable<int> Windows(BusySite site, TimeSpan window)
    {
        yield return 0;
        var end = 0;
        for (var i = 0; i < site.Started.Count; i++)
        {
            while (end < site.Started.Count && site.Started[end].At < site.Started[i].At + window) end++;
            yield return end - i;
        }
    }
}
