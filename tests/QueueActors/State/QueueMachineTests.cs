using Postfleet.Contracts.Messages;
using Postfleet.Core.Queueing;
using Postfleet.QueueActors.Events;
using Postfleet.QueueActors.State;
using Xunit;
using static Postfleet.QueueActors.Tests.State.QueueDriver;

namespace Postfleet.QueueActors.Tests.State;

public sealed class QueueMachineTests : QueueMachineFixture
{
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
}
