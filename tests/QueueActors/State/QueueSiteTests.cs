using Postfleet.Contracts.Queueing;
using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;
using Postfleet.QueueActors.Events;
using Postfleet.QueueActors.State;
using Xunit;

namespace Postfleet.QueueActors.Tests.State;

/// <summary>Routes and unavailable sites.</summary>
public sealed class QueueSiteTests : QueueMachineFixture
{
    [Fact]
    public void An_unavailable_site_costs_no_message_an_attempt()
    {
        var id = Sent();
        SiteDown(TimeSpan.FromMinutes(7));
        _queue.End(id, 1, AttemptResult.NotAttempted).Offer(_queue.NewId());
        _queue.Take<QueueEffect.AskForCredit>();
        Assert.Equal(0, _queue.Machine.Due);
        Assert.Equal(0, _queue.State.Find(id)!.Tries);
        // The new message tries the site one first retry after the site was found unavailable.
        Assert.Equal(_queue.Now + TimeSpan.FromMinutes(5), NextButMarks());
        _queue.After(TimeSpan.FromMinutes(7));
        Assert.Equal(2, _queue.Take<QueueEffect.AskForCredit>()[^1].Jobs);
    }

    [Fact]
    public void New_rules_decide_from_the_next_decision_on_and_the_route_is_asked_for_again()
    {
        var sent = Sent();
        _queue.Machine.Use(new QueueRules(TimeSpan.FromHours(3), _ => TimeSpan.FromHours(1), "node-1"));
        _queue.End(sent, 1, QueueDriver.Deferred(0));
        Assert.Equal(_queue.Now + TimeSpan.FromHours(1), NextButMarks());
        _queue.Take<QueueEffect.ResolveRoute>();

        _queue.After(TimeSpan.FromHours(1));
        Assert.Single(_queue.Take<QueueEffect.ResolveRoute>());
        _queue.Route().Grant(1);
        Assert.Single(_queue.TakeJobs());

        _queue.Machine.Use(new QueueRules(TimeSpan.FromMinutes(30), _ => TimeSpan.FromHours(1), "node-1"));
        _queue.End(sent, 2, QueueDriver.Deferred(0));
        _queue.After(TimeSpan.Zero);
        Assert.Null(_queue.State.Find(sent));
    }

    [Fact]
    public void New_mail_probes_a_paused_site_and_old_mail_follows_when_it_is_back()
    {
        _queue.Offer(_queue.NewId()).Route();
        SiteDown(TimeSpan.FromHours(1));
        _queue.Take<QueueEffect.AskForCredit>();
        _queue.After(TimeSpan.FromMinutes(2)).Offer(_queue.NewId());
        Assert.Empty(_queue.Take<QueueEffect.AskForCredit>());
        _queue.After(TimeSpan.FromMinutes(3)).Route();
        Assert.Equal(1, _queue.Take<QueueEffect.AskForCredit>()[^1].Jobs);
        _queue.Grant(1);
        Assert.Equal(1, _queue.State.InFlight);
        _queue.Grant(1);
        Assert.Equal(2, _queue.State.InFlight);
    }

    [Fact]
    public void An_ordered_retry_ends_the_pause_of_the_destination_until_the_destination_answers()
    {
        var id = _queue.NewId();
        _queue.Offer(id).Route();
        SiteDown(TimeSpan.FromHours(1));
        Assert.False(_queue.Take<QueueEffect.AskForCredit>()[^1].EndsPause);

        _queue.Act(7, MessageAction.Retry, id);
        Assert.True(Assert.Single(_queue.Take<QueueEffect.AskForCredit>()).EndsPause);
        // Without an answer the request is repeated as it was.
        _queue.After(TimeSpan.FromSeconds(10));
        Assert.True(Assert.Single(_queue.Take<QueueEffect.AskForCredit>()).EndsPause);

        SiteDown(TimeSpan.FromMinutes(5));
        _queue.After(TimeSpan.FromMinutes(5));
        Assert.False(_queue.Take<QueueEffect.AskForCredit>()[^1].EndsPause);
    }

    [Fact]
    public void Mail_probes_a_paused_site_only_once()
    {
        _queue.Offer(_queue.NewId()).Route();
        SiteDown(TimeSpan.FromHours(1));
        _queue.After(TimeSpan.FromMinutes(10)).Offer(_queue.NewId()).Route();
        Assert.Equal(1, _queue.Take<QueueEffect.AskForCredit>()[^1].Jobs);
        SiteDown(TimeSpan.FromHours(2));
        _queue.After(TimeSpan.FromHours(1.9)).Route();
        Assert.Empty(_queue.Take<QueueEffect.AskForCredit>());
        _queue.After(TimeSpan.FromHours(0.1)).Route();
        Assert.Equal(2, _queue.Take<QueueEffect.AskForCredit>()[^1].Jobs);
    }

    [Fact]
    public void A_message_expires_while_its_site_stays_unavailable()
    {
        var id = _queue.NewId();
        _queue.Offer(id).Route();
        for (var i = 0; i < 40; i++)
        {
            SiteDown(TimeSpan.FromHours(4));
            _queue.After(TimeSpan.FromHours(4)).Route();
        }

        Assert.Null(_queue.State.Find(id));
        Assert.Equal(421, Assert.Single(_queue.Journal.OfType<MessageExpired>()).Reply.Code);
    }

    [Fact]
    public void A_domain_without_a_route_fails_at_once_with_a_report()
    {
        var id = _queue.NewId();
        _queue.Offer(id).Do(
            new QueueCommand.RouteResolved(new RouteDecision.Fail(new SmtpReply(556, new EnhancedStatus(5, 1, 10), "null MX"))));
        var report = Assert.Single(_queue.TakeReports());
        Assert.Equal((id, true, 556), (report.Message, report.IsFinal, report.Reported[0].Reply.Code));
    }

    [Fact]
    public void A_temporarily_unresolved_route_is_retried_with_growing_pauses()
    {
        _queue.Offer(_queue.NewId());
        var defer = new QueueCommand.RouteResolved(new RouteDecision.Defer(new SmtpReply(451, new EnhancedStatus(4, 4, 3), "no answer")));
        foreach (var minutes in new[] { 5, 10, 20 })
        {
            _queue.Do(defer).Take<QueueEffect.ResolveRoute>();
            Assert.Empty(_queue.After(TimeSpan.FromMinutes(minutes) - TimeSpan.FromSeconds(1)).Take<QueueEffect.ResolveRoute>());
            Assert.Single(_queue.After(TimeSpan.FromSeconds(1)).Take<QueueEffect.ResolveRoute>());
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void An_empty_queue_remembers_the_pause_of_its_site_until_it_ends(bool isCompacted)
    {
        var id = Sent();
        SiteDown(TimeSpan.FromHours(1));
        SiteDown(TimeSpan.FromHours(2));
        var until = _queue.Now + TimeSpan.FromHours(2);
        _queue.End(id, 1, AttemptResult.PartGone);
        Assert.True(_queue.State.IsEmpty);
        Assert.Equal((false, until), (_queue.Machine.IsIdle, _queue.Machine.NextWake(_queue.Now)));

        if (isCompacted)
        {
            var pieces = Checkpoints.Write(_queue.State);
            _queue.Journal.Clear();
            _queue.Journal.AddRange(pieces);
        }

        _queue.Restart();
        Assert.Equal((until, 2), (_queue.State.SiteUntil, _queue.State.SiteFailures));
        Assert.Equal((false, until), (_queue.Machine.IsIdle, _queue.Machine.NextWake(_queue.Now)));
        _queue.After(TimeSpan.FromHours(2));
        Assert.Equal((true, null), (_queue.Machine.IsIdle, _queue.Machine.NextWake(_queue.Now)));
    }

    [Fact]
    public void A_checkpoint_preserves_the_pause_of_the_site()
    {
        var id = _queue.NewId();
        _queue.Offer(id).Route();
        SiteDown(TimeSpan.FromHours(1));
        SiteDown(TimeSpan.FromHours(2));
        var pieces = Checkpoints.Write(_queue.State);
        _queue.Journal.Clear();
        _queue.Journal.AddRange(pieces);
        _queue.Restart();
        Assert.Equal((_queue.Now + TimeSpan.FromHours(2), 2), (_queue.State.SiteUntil, _queue.State.SiteFailures));
        Assert.Empty(_queue.After(TimeSpan.FromMinutes(110)).Take<QueueEffect.ResolveRoute>());
        Assert.Single(_queue.After(TimeSpan.FromMinutes(10)).Take<QueueEffect.ResolveRoute>());
    }
}
