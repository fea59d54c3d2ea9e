using Postfleet.Contracts.Messages;
using Postfleet.Contracts.Queueing;
using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;
using Postfleet.QueueActors.Events;
using Postfleet.QueueActors.State;
using Xunit;
using static Postfleet.QueueActors.Tests.State.QueueDriver;

namespace Postfleet.QueueActors.Tests.State;

public class QueueMachineTests
{
    private readonly QueueDriver _queue = new();

    [Fact]
    public void A_part_is_journaled_with_its_acknowledgement_and_asks_for_a_route()
    {
        var id = _queue.NewId();
        _queue.Offer(id);
        Assert.IsType<MessageEnqueued>(Assert.Single(_queue.Journal));
        Assert.Equal([id], Assert.Single(_queue.Take<QueueEffect.AcknowledgeParts>()).Messages);
        Assert.Single(_queue.Take<QueueEffect.ResolveRoute>());
    }

    [Fact]
    public void A_part_offered_twice_is_acknowledged_twice_and_enqueued_once()
    {
        var id = _queue.NewId();
        _queue.Offer(id).Offer(id);
        Assert.Single(_queue.Journal);
        Assert.Equal(2, _queue.Take<QueueEffect.AcknowledgeParts>().Count);
    }

    [Fact]
    public void An_unknown_repeat_is_enqueued_only_if_its_part_is_in_the_spool()
    {
        var (here, gone) = (_queue.NewId(), _queue.NewId());
        _queue.Offer(here, isRepeat: true).Offer(gone, isRepeat: true);
        Assert.Empty(_queue.Journal);
        Assert.Empty(_queue.Take<QueueEffect.AcknowledgeParts>());
        foreach (var check in _queue.Take<QueueEffect.CheckParts>())
            _queue.Do(new QueueCommand.PartsChecked(check.Parts, new HashSet<MessageId> { here }, check.ReplyTo));
        Assert.Equal(here, Assert.IsType<MessageEnqueued>(Assert.Single(_queue.Journal)).Message);
        Assert.Equal([here, gone], _queue.Take<QueueEffect.AcknowledgeParts>().SelectMany(e => e.Messages));
    }

    [Fact]
    public void A_failed_check_acknowledges_nothing()
    {
        var id = _queue.NewId();
        _queue.Offer(id, isRepeat: true);
        var check = Assert.Single(_queue.Take<QueueEffect.CheckParts>());
        _queue.Offer(id, isRepeat: true);
        Assert.Empty(_queue.Take<QueueEffect.CheckParts>());
        _queue.Do(new QueueCommand.CheckFailed(check.Parts)).Offer(id, isRepeat: true);
        Assert.Single(_queue.Take<QueueEffect.CheckParts>());
        Assert.Empty(_queue.Take<QueueEffect.AcknowledgeParts>());
    }

    [Fact]
    public void A_settled_part_that_is_offered_again_is_acknowledged_and_dropped()
    {
        var id = Sent();
        _queue.End(id, 1, Delivered(0)).Offer(id).Offer(id, isRepeat: true);
        Assert.Empty(_queue.State.Entries);
        Assert.Empty(_queue.Take<QueueEffect.CheckParts>());
    }

    [Fact]
    public void Jobs_are_limited_by_credit_and_journaled_first()
    {
        foreach (var _ in Enumerable.Range(0, 5)) _queue.Offer(_queue.NewId());
        _queue.Route();
        Assert.Equal(5, _queue.Take<QueueEffect.AskForCredit>()[^1].Jobs);
        _queue.Grant(3);
        Assert.Equal(3, _queue.TakeJobs().Count);
        Assert.Equal(3, Assert.IsType<AttemptsStarted>(_queue.Journal[^1]).Attempts.Count);
        Assert.Equal(2, _queue.Machine.Due);
        Assert.Equal(3, _queue.State.InFlight);
    }

    [Fact]
    public void A_delivered_message_is_settled_and_forgotten_when_the_spool_confirms()
    {
        var id = Sent();
        _queue.End(id, 1, Delivered(0));
        var report = Assert.Single(_queue.TakeReports());
        Assert.True(report.IsFinal);
        Assert.Empty(report.Reported);
        Assert.Equal(new AttemptId(id, 1), Assert.Single(Assert.Single(_queue.Take<QueueEffect.AcknowledgeOutcomes>()).Attempts));
        _queue.Do(new QueueCommand.Settled([new AttemptId(id, 1)], true));
        Assert.True(_queue.Machine.IsIdle);
    }

    [Fact]
    public void A_settlement_that_failed_is_repeated_after_a_pause()
    {
        var id = Sent();
        _queue.End(id, 1, Delivered(0)).TakeReports();
        _queue.Do(new QueueCommand.Settled([], false));
        Assert.Empty(_queue.TakeReports());
        Assert.Single(_queue.After(TimeSpan.FromSeconds(1)).TakeReports());
    }

    [Fact]
    public void Unconfirmed_settlements_are_repeated_after_a_crash()
    {
        var id = Sent();
        _queue.End(id, 1, Failed(0)).Restart();
        var report = Assert.Single(_queue.TakeReports());
        Assert.Equal((id, 1, true, 1), (report.Message, report.Attempt, report.IsFinal, report.Reported.Count));
    }

    [Fact]
    public void Recipients_have_their_own_outcomes()
    {
        var id = Sent(recipients: 3);
        _queue.End(id, 1, Delivered(0), Failed(1), Deferred(2));
        var report = Assert.Single(_queue.TakeReports());
        Assert.False(report.IsFinal);
        Assert.Equal(RecipientSet.Of(2), _queue.State.Find(id)!.Open);
        _queue.After(TimeSpan.FromMinutes(5)).Grant(1);
        var job = Assert.Single(_queue.TakeJobs());
        Assert.Equal((2, RecipientSet.Of(2)), (job.Attempt, job.Open));
    }

    [Fact]
    public void A_final_report_waits_for_the_previous_report()
    {
        var id = Sent(recipients: 2);
        _queue.End(id, 1, Failed(0), Deferred(1));
        Assert.False(Assert.Single(_queue.TakeReports()).IsFinal);
        _queue.After(TimeSpan.FromMinutes(5)).Grant(1).End(id, 2, Delivered(1));
        Assert.Empty(_queue.TakeReports());
        _queue.Do(new QueueCommand.Settled([new AttemptId(id, 1)], true));
        Assert.True(Assert.Single(_queue.TakeReports()).IsFinal);
    }

    [Fact]
    public void A_deferred_message_is_due_as_scheduled()
    {
        var id = Sent();
        _queue.End(id, 1, Deferred(0));
        Assert.Equal(_queue.Now + TimeSpan.FromMinutes(5), NextButMarks());
        _queue.After(TimeSpan.FromMinutes(5) - TimeSpan.FromTicks(1));
        Assert.Equal(0, _queue.Machine.Due);
        _queue.After(TimeSpan.FromTicks(1));
        Assert.Equal(1, _queue.Machine.Due);
        _queue.Grant(1);
        _queue.End(id, 2, Deferred(0));
        Assert.Equal(_queue.Now + TimeSpan.FromMinutes(10), new DateTimeOffset(_queue.State.Find(id)!.NextDue, TimeSpan.Zero));
    }

    [Fact]
    public void The_last_attempt_is_made_when_the_lifetime_ends_and_then_the_message_expires_with_the_last_reply()
    {
        var id = Sent();
        var accepted = _queue.Now;
        for (var attempt = 1; attempt < 100 && _queue.State.Find(id) is { } entry; attempt++)
        {
            _queue.End(id, attempt, Deferred(0));
            if (_queue.State.Find(id) is null) break;
            _queue.Now = new DateTimeOffset(entry.NextDue, TimeSpan.Zero);
            Assert.True(_queue.Now <= accepted + Lifetime);
            _queue.Do(new QueueCommand.Tick()).Route().Grant(1);
        }

        Assert.Equal(accepted + Lifetime, _queue.Now);
        Assert.Equal(450, Assert.IsType<MessageExpired>(_queue.Journal[^1]).Reply.Code);
        var report = _queue.TakeReports()[^1];
        Assert.True(report is { IsFinal: true, Cause: ReportCause.Expired });
    }

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
    public void A_stale_outcome_is_acknowledged_without_effect()
    {
        var id = Sent();
        _queue.End(id, 1, Deferred(0)).After(TimeSpan.FromMinutes(5)).Grant(1);
        var rows = _queue.Journal.Count;
        _queue.Take<QueueEffect.AcknowledgeOutcomes>();
        _queue.End(id, 1, Delivered(0));
        Assert.Equal(rows, _queue.Journal.Count);
        Assert.NotNull(_queue.State.Find(id));
        Assert.Single(_queue.Take<QueueEffect.AcknowledgeOutcomes>());
    }

    [Fact]
    public void A_new_owner_fences_first_and_repeats_started_attempts_with_their_numbers()
    {
        var id = Sent();
        _queue.Restart();
        Assert.IsType<OwnershipTaken>(_queue.Journal[^1]);
        Assert.Empty(_queue.TakeJobs());
        _queue.Route();
        Assert.Equal(new DeliveryJob(id, 1, RecipientSet.All(1)), Assert.Single(_queue.TakeJobs()));
        Assert.Single(_queue.Journal.OfType<AttemptsStarted>());
    }

    // A host that accepts few transactions on one connection.
    [Fact]
    public void Untried_recipients_are_tried_again_at_once_if_none_is_deferred()
    {
        var id = Sent(recipients: 4);
        _queue.End(id, 1, Delivered(0));
        Assert.Equal(new DeliveryJob(id, 2, RecipientSet.All(4).Except(RecipientSet.Of(0))), Assert.Single(_queue.TakeJobs()));
        _queue.End(id, 2, Failed(1));
        Assert.Equal(3, Assert.Single(_queue.TakeJobs()).Attempt);
        _queue.End(id, 3, Delivered(2), Deferred(3));
        Assert.Empty(_queue.TakeJobs());
        _queue.After(TimeSpan.FromHours(2)).Route().Grant(1);
        Assert.Equal(new DeliveryJob(id, 4, RecipientSet.Of(3)), Assert.Single(_queue.TakeJobs()));
    }

    [Fact]
    public void A_new_owner_without_attempts_in_flight_fences_half_a_minute_later()
    {
        var id = Sent();
        _queue.End(id, 1, Deferred(0));
        var rows = _queue.Journal.Count;
        _queue.Restart();
        Assert.Equal(rows, _queue.Journal.Count);
        _queue.After(TimeSpan.FromSeconds(10));
        Assert.Equal(_queue.Now.AddSeconds(20), _queue.Machine.NextWake(_queue.Now));
        _queue.After(TimeSpan.FromSeconds(20));
        Assert.IsType<OwnershipTaken>(_queue.Journal[^1]);
        _queue.After(TimeSpan.FromSeconds(30));
        Assert.Equal(rows + 1, _queue.Journal.Count);
    }

    [Fact]
    public void A_new_owner_needs_no_fence_after_another_row()
    {
        var id = Sent();
        _queue.End(id, 1, Deferred(0));
        _queue.Restart();
        var next = _queue.NewId();
        _queue.Do(new QueueCommand.PartsChecked([new(new(next, 1, _queue.Now), true)], new HashSet<MessageId> { next }, "hand-off"));
        Assert.IsType<MessageEnqueued>(_queue.Journal[^1]);
        _queue.After(TimeSpan.FromSeconds(30));
        Assert.DoesNotContain(_queue.Journal, row => row is OwnershipTaken);
    }

    [Fact]
    public void An_exclusive_owner_starts_without_a_row()
    {
        var id = Sent();
        var rows = _queue.Journal.Count;
        _queue.IsAlone = true;
        _queue.Restart();
        Assert.Equal(rows, _queue.Journal.Count);
        _queue.Route();
        Assert.Equal(new DeliveryJob(id, 1, RecipientSet.All(1)), Assert.Single(_queue.TakeJobs()));
    }

    [Fact]
    public void Started_attempts_are_repeated_at_their_own_destination()
    {
        Sent();
        _queue.Restart();
        var other = Target with { Destination = new DestinationId("default|new.example.org") };
        _queue.Do(new QueueCommand.RouteResolved(new RouteDecision.Deliver(other, TimeSpan.FromHours(1))));
        Assert.Equal(Destination, Assert.Single(_queue.Take<QueueEffect.SendJobs>()).Target.Destination);
    }

    [Fact]
    public void Jobs_of_a_terminated_destination_are_sent_again_at_once_with_their_numbers()
    {
        var id = Sent();
        _queue.Do(new QueueCommand.DestinationLost());
        Assert.Equal((id, 1), (_queue.TakeJobs() is [var job] ? (job.Message, job.Attempt) : default));
    }

    [Fact]
    public void A_job_without_an_outcome_is_repeated()
    {
        var id = Sent();
        Assert.Empty(_queue.After(TimeSpan.FromSeconds(59)).TakeJobs());
        Assert.Equal((id, 1), (_queue.After(TimeSpan.FromSeconds(1)).TakeJobs() is [var job] ? (job.Message, job.Attempt) : default));
    }

    [Fact]
    public void A_missing_part_leaves_the_queue_without_a_settlement()
    {
        var id = Sent();
        _queue.End(id, 1, AttemptResult.PartGone);
        Assert.True(_queue.Machine.IsIdle);
        Assert.Empty(_queue.TakeReports());
    }

    [Fact]
    public void A_message_that_crashes_workers_three_times_is_held_and_expires()
    {
        var id = Sent();
        for (var attempt = 1; attempt <= 3; attempt++)
        {
            _queue.End(id, attempt, AttemptResult.Crashed);
            if (attempt < 3) _queue.After(TimeSpan.FromHours(1)).Route().Grant(1);
        }

        Assert.Equal(0, _queue.After(TimeSpan.FromDays(4)).Route().Machine.Due);
        _queue.After(TimeSpan.FromDays(1));
        Assert.Single(_queue.Journal.OfType<MessageExpired>());
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

    [Fact]
    public void Only_a_part_that_stays_is_marked()
    {
        var stays = _queue.NewId();
        _queue.Offer(stays);
        Sent();
        _queue.Take<QueueEffect.Mark>();
        _queue.End(MessageId.FromHalves(7, 2), 1, Delivered(0));
        Assert.Empty(_queue.Take<QueueEffect.Mark>());
        _queue.After(TimeSpan.FromSeconds(10));
        Assert.Equal([stays], Assert.Single(_queue.Take<QueueEffect.Mark>()).Messages);
        _queue.Do(new QueueCommand.Marked([stays], true)).After(TimeSpan.FromMinutes(1));
        Assert.Empty(_queue.Take<QueueEffect.Mark>());
    }

    [Fact]
    public void A_repeated_offer_of_a_known_part_marks_it_at_once()
    {
        var id = _queue.NewId();
        _queue.Offer(id).Offer(id, isRepeat: true);
        Assert.Equal([id], Assert.Single(_queue.Take<QueueEffect.Mark>()).Messages);
    }

    private MessageId Sent(int recipients = 1)
    {
        var id = _queue.NewId();
        _queue.Offer(id, recipients).Route().Grant(100);
        Assert.Contains(_queue.TakeJobs(), job => job.Message == id && job.Attempt == 1);
        _queue.Take<QueueEffect.AcknowledgeParts>();
        return id;
    }

    private void SiteDown(TimeSpan pause) => _queue.Do(new QueueCommand.SiteDown(new SiteUnavailable(
        Queue, Destination, pause, new SmtpReply(421, new EnhancedStatus(4, 4, 1), "no host answers"))));

    private DateTimeOffset? NextButMarks()
    {
        foreach (var entry in _queue.State.Entries) entry.IsMarked = true;
        return _queue.Machine.NextWake(_queue.Now);
    }
}
