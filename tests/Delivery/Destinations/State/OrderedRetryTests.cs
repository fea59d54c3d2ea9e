using Postfleet.Core.Queueing;
using Postfleet.Delivery.Destinations.State;
using Xunit;

namespace Postfleet.Delivery.Tests.Destinations.State;

/// <summary>An operator's retry of queues whose destination is in a pause.</summary>
public sealed class OrderedRetryTests
{
    private static readonly QueueKey A = DestinationDriver.Queue("a.example");
    private static readonly QueueKey B = DestinationDriver.Queue("b.example");

    private readonly DestinationDriver _site = new(
        new DestinationRules { FirstPause = TimeSpan.FromSeconds(30), MaxPause = TimeSpan.FromHours(1), Jitter = 0 });

    [Fact]
    public void A_retry_tries_a_paused_site_at_once_and_the_other_queues_hear_of_its_return()
    {
        Fail(A, B);
        _site.After(TimeSpan.FromSeconds(10));
        _site.Ask(A, 1);
        Assert.Single(_site.Opens);

        _site.Ask(A, 1, endsPause: true);
        Assert.Equal(2, _site.Opens.Count());
        _site.Opened(2);
        Assert.Single(_site.Effects.OfType<DestinationEffect.SiteCameUp>());
        Assert.Equal([A, B], _site.Grants.Select(grant => grant.Queue).Order());
    }

    [Fact]
    public void A_retry_of_many_queues_opens_one_connection_and_its_failure_answers_all()
    {
        Fail(A);
        _site.After(TimeSpan.FromSeconds(10));
        for (var i = 0; i < 50; i++) _site.Ask(DestinationDriver.Queue($"d{i}.example"), 1, endsPause: true);
        Assert.Equal(2, _site.Opens.Count());
        _site.NotOpened(2);
        for (var i = 50; i < 100; i++) _site.Ask(DestinationDriver.Queue($"d{i}.example"), 1, endsPause: true);
        Assert.Equal(2, _site.Opens.Count());
        Assert.Equal(101, _site.Refusals.Count());
        Assert.Equal(TimeSpan.FromSeconds(30), _site.Refusals.Last().RetryAfter);
    }

    [Fact]
    public void The_pause_after_a_failed_retry_is_a_first_pause_however_long_the_outage_lasts()
    {
        Fail(A);
        for (var i = 2; i <= 6; i++)
        {
            _site.After(TimeSpan.FromSeconds(5));
            _site.Ask(A, 1, endsPause: true);
            _site.NotOpened(i);
            Assert.Equal(TimeSpan.FromSeconds(30), _site.Refusals.Last().RetryAfter);
        }

        // Without an order the pauses double again.
        _site.After(TimeSpan.FromSeconds(30));
        _site.Ask(A, 1);
        _site.NotOpened(7);
        Assert.Equal(TimeSpan.FromSeconds(60), _site.Refusals.Last().RetryAfter);
    }

    [Fact]
    public void A_retry_of_a_working_site_changes_nothing()
    {
        _site.Up(A);
        var opens = _site.Opens.Count();
        _site.Ask(B, 1, endsPause: true);
        Assert.Equal(opens, _site.Opens.Count());
        Assert.Empty(_site.Refusals);
    }

    private void Fail(params QueueKey[] queues)
    {
        foreach (var queue in queues) _site.Ask(queue, 1);
        _site.NotOpened(1);
    }
}
