using Postfleet.Contracts.Stats;
using Postfleet.Core.Concurrency;
using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;
using Postfleet.Core.Units;
using Postfleet.Delivery.Destinations;
using Postfleet.Delivery.Destinations.State;
using Postfleet.Delivery.Options;
using Postfleet.Delivery.Routing;
using Postfleet.Delivery.Shaping;
using Xunit;
using static Postfleet.Delivery.Tests.Destinations.State.DestinationDriver;

namespace Postfleet.Delivery.Tests.Destinations.State;

/// <summary>What a destination says about itself for monitoring.</summary>
public sealed class DestinationDescriptionTests
{
    private static readonly QueueKey A = Queue("a.example");

    private static readonly QueueKey B = Queue("b.example", "bulk");

    [Fact]
    public void Connections_have_their_phase_and_its_beginning()
    {
        var site = new DestinationDriver(new DestinationRules { MaxConnections = 2 });
        site.Ask(A, 1);
        var opened = site.Now;
        Assert.Equal(
            new ConnectionFacts(1, ConnectionPhase.Opening, opened, opened), Assert.Single(Describe(site).Connections));
        site.After(TimeSpan.FromSeconds(1));
        site.Opened(1);
        Assert.Equal(new ConnectionFacts(1, ConnectionPhase.Idle, opened, site.Now), Assert.Single(Describe(site).Connections));
        site.After(TimeSpan.FromSeconds(2));
        var job = site.NewJob();
        site.Deliver(A, job);
        Assert.Equal(
            new ConnectionFacts(1, ConnectionPhase.Sending, opened, site.Now) { Part = new PartId(job.Message, A) },
            Assert.Single(Describe(site).Connections));
        site.End(1, isUsable: false);
        Assert.Equal(ConnectionPhase.Closing, Assert.Single(Describe(site).Connections).Phase);
    }

    [Fact]
    public void All_connections_in_use_have_their_beginning_until_one_closes()
    {
        var site = new DestinationDriver(new DestinationRules { MaxConnections = 1 });
        Assert.Null(Count(site).FullSince);
        site.Up(A).Deliver(A, site.NewJobs(2));
        var full = site.Now;
        site.After(TimeSpan.FromSeconds(3));
        Assert.Equal((full, 1, 1), (Count(site).FullSince, Count(site).Connections, Count(site).Waiting));
        site.End(1, isUsable: false);
        site.Do(() => site.State.Closed(1, site.Now));
        Assert.Equal(site.Now, Count(site).FullSince);
    }

    [Fact]
    public void Waiting_for_the_rate_has_its_beginning_and_the_time_of_the_next_message()
    {
        Assert.True(Rate.TryParse("1/m", out var rate));
        var site = new DestinationDriver(new DestinationRules { MaxRate = rate });
        var start = site.Now;
        site.Up(A).Deliver(A, site.NewJobs(2));
        Assert.Equal((start, start.AddMinutes(1)), (Count(site).RateSince, Count(site).RateUntil));
        site.After(TimeSpan.FromMinutes(1));
        site.End(1);
        Assert.Equal((start, start.AddMinutes(2)), (Count(site).RateSince, Count(site).RateUntil));
        site.After(TimeSpan.FromMinutes(1));
        Assert.Equal((null, null, 0), (Count(site).RateSince, Count(site).RateUntil, Count(site).Waiting));
    }

    [Fact]
    public void An_outage_has_the_time_of_its_first_failure()
    {
        var site = new DestinationDriver();
        site.Ask(A, 1);
        site.After(TimeSpan.FromSeconds(1));
        site.NotOpened(1);
        var since = site.Now;
        site.After(TimeSpan.FromMinutes(2));
        site.Ask(A, 1);
        site.NotOpened(site.Opens.Last().Connection);
        Assert.Equal((since, "451 4.4.1 connection refused"), (Count(site).DownSince, Count(site).Reply));
        site.After(TimeSpan.FromMinutes(2));
        site.Ask(A, 1);
        site.Opened(site.Opens.Last().Connection);
        Assert.Equal((null, null), (Count(site).DownSince, Count(site).Reply));
    }

    [Fact]
    public void Replies_are_kept_by_their_codes_the_newest_first()
    {
        var site = new DestinationDriver().Up(A);
        Assert.Empty(Describe(site).Replies);
        Reply(site, new SmtpReply(421, new EnhancedStatus(4, 7, 0), "too fast"));
        Reply(site, new SmtpReply(452, new EnhancedStatus(4, 2, 2), "full"));
        Reply(site, new SmtpReply(421, new EnhancedStatus(4, 7, 0), "still too fast"));
        Assert.Equal(
            [("421 4.7.0 still too fast", 2, site.Now), ("452 4.2.2 full", 1, site.Now.AddSeconds(-1))],
            Describe(site).Replies.Select(reply => (reply.Reply, reply.Count, reply.At)));
        Assert.Null(Describe(site).LastDeliveryAt);
        for (var code = 500; code < 500 + RecentReplies.Max; code++) Reply(site, new SmtpReply(code, null, "no"));
        Assert.Equal(RecentReplies.Max, Describe(site).Replies.Count);
        Assert.DoesNotContain(Describe(site).Replies, reply => reply.Reply.StartsWith('4'));
        site.Deliver(A, site.NewJob());
        site.End(1);
        Assert.Equal(site.Now, Describe(site).LastDeliveryAt);
    }

    [Fact]
    public void Queues_with_requests_and_jobs_are_listed_the_largest_first()
    {
        var site = new DestinationDriver(new DestinationRules { MaxConnections = 1 });
        site.Ask(A, 3);
        site.Ask(B, 5);
        Assert.Equal([new QueueAtDestination(B, 0, 5, 0), new QueueAtDestination(A, 0, 3, 0)], Describe(site).Queues);
        Assert.Equal((8, 2), (Count(site).Wanted, Count(site).Queues));
    }

    [Fact]
    public void Streams_are_listed_with_their_weights_the_largest_first()
    {
        var site = new DestinationDriver(new DestinationRules { MaxConnections = 1, Streams = new StreamSet([("bulk", 3)]) });
        site.Ask(Queue("a.example"), 3);
        site.Ask(Queue("a.example", "bulk"), 2);
        site.Ask(Queue("b.example", "bulk"), 5);
        Assert.Equal(
            [new StreamAtDestination("bulk", 3, 2, 0, 7, 0), new StreamAtDestination("default", 1, 1, 0, 3, 0)], Describe(site).Streams);
    }

    [Fact]
    public void A_stopping_destination_is_leaving()
    {
        var site = new DestinationDriver().Up(A);
        Assert.False(Count(site).IsLeaving);
        site.Stop();
        Assert.True(Count(site).IsLeaving);
    }

    [Fact]
    public void Limits_are_known_with_their_keys_without_a_destination()
    {
        Assert.True(Rate.TryParse("50/s", out var rate));
        var limits = new DestinationLimits(
            new Current<DestinationRules>(new DestinationRules { MaxConnections = 7, MaxRate = rate }), new(ShapingTable.Empty),
            () => new DeliveryOptions());
        var remote = limits.Find(Target.Destination);
        Assert.Equal(
            (7, "Delivery:MaxConnectionsPerSite", "50/s", "Delivery:MaxRatePerSite"),
            (remote.MaxConnections, remote.ConnectionsSetting, remote.MaxRate, remote.RateSetting));
        Assert.Empty(limits.Find(SiteNames.For(TargetKind.Capture)).RateSetting);
    }

    [Fact]
    public void Limits_name_the_provider_of_the_hosts()
    {
        var shape = new DestinationShape("example", [], []);
        Assert.Equal("example", DestinationCounting.Limits(new DestinationRules(), shape).Provider);
        Assert.Empty(DestinationCounting.Limits(new DestinationRules()).Provider);
    }

    private static DestinationDescription Describe(DestinationDriver site) => site.State.Describe(Target.Destination);

    private static DestinationCounts Count(DestinationDriver site) =>
        DestinationCounting.Count(DestinationCounting.Limits(site.Rules), site.State, site.Now);

    private static void Reply(DestinationDriver site, SmtpReply reply)
    {
        site.After(TimeSpan.FromSeconds(1));
        var job = site.NewJob();
        site.Deliver(A, job);
        var outcome = new JobOutcome(
            job.Message, 1, AttemptResult.Attempted, [new RecipientOutcome(job.Open, Disposition.Deferred, reply, "mx.example")]);
        site.End(1, outcome);
    }
}
