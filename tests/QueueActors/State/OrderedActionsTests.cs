using Postfleet.Contracts.Messages;
using Postfleet.Core.Queueing;
using Postfleet.QueueActors.Events;
using Postfleet.QueueActors.State;
using Xunit;
using static Postfleet.QueueActors.Tests.State.QueueDriver;

namespace Postfleet.QueueActors.Tests.State;

/// <summary>Operators' actions on the messages of a queue.</summary>
public sealed class OrderedActionsTests : QueueMachineFixture
{
    [Fact]
    public void A_bounce_closes_messages_and_reports_them_with_the_operators_reason()
    {
        var id = Waiting(recipients: 2);
        _queue.Act(7, MessageAction.Bounce);
        var report = Assert.Single(_queue.TakeReports());
        Assert.Equal((id, 1, true, ReportCause.Bounced), (report.Message, report.Attempt, report.IsFinal, report.Cause));
        var outcome = Assert.Single(report.Reported);
        Assert.Equal((Disposition.Failed, 2), (outcome.Disposition, outcome.Recipients.Count));
        Assert.Contains("action 7", outcome.Reply.Text, StringComparison.Ordinal);
        Assert.Contains("wrong campaign", outcome.Reply.Text, StringComparison.Ordinal);
        Assert.Equal((1, true), Progress());
        _queue.Route().Grant(10);
        Assert.Empty(_queue.TakeJobs());
    }

    [Fact]
    public void A_deletion_reports_nothing_and_keeps_its_outcome_for_history()
    {
        _queue.KeepsOutcomes = true;
        _queue.Restart();
        Waiting();
        _queue.Act(7, MessageAction.Delete);
        var report = Assert.Single(_queue.TakeReports());
        Assert.True(report.IsFinal);
        Assert.Empty(report.Reported);
        Assert.Equal(ReportCause.Deleted, report.Outcomes!.Cause);
        Assert.Empty(_queue.State.Entries);
    }

    [Theory]
    [InlineData(MessageAction.Hold, "put on hold")]
    [InlineData(MessageAction.Retry, "retried")]
    [InlineData(MessageAction.Release, "released")]
    public void An_action_on_a_message_that_continues_is_an_event_of_its_history(MessageAction action, string deed)
    {
        _queue.KeepsOutcomes = true;
        _queue.Restart();
        var id = Waiting(recipients: 2);
        if (action == MessageAction.Release) _queue.Act(6, MessageAction.Hold).Do(new QueueCommand.ActionRecorded());
        var before = _queue.State.Find(id)!.Attempt;
        _queue.Take<QueueEffect.RecordAction>();
        _queue.Act(7, action);
        var record = Assert.Single(Assert.Single(_queue.Take<QueueEffect.RecordAction>()).Records);
        Assert.Equal((new AttemptId(id, before + 1), ReportCause.Action), (record.Attempt, record.Outcomes.Cause));
        var outcome = Assert.Single(record.Outcomes.Recipients);
        Assert.Equal(2, outcome.Recipients.Count);
        Assert.Contains($"was {deed} by an operator (action 7): wrong campaign", outcome.Reply.Text, StringComparison.Ordinal);
        // A new owner records again what the earlier owner may have lost, with the same number.
        Assert.Equal(record.Attempt, _queue.Restart().Take<QueueEffect.Record>()[^1].Attempt);
    }

    [Fact]
    public void The_next_messages_take_an_action_once_the_history_has_it_of_the_ones_before()
    {
        _queue.KeepsOutcomes = true;
        _queue.Restart();
        for (var i = 0; i < ActionApplied.MaxMessages + 1; i++) Waiting();
        _queue.Act(7, MessageAction.Hold).After(TimeSpan.FromSeconds(1)).After(TimeSpan.FromSeconds(1));
        Assert.Equal(ActionApplied.MaxMessages, _queue.State.Held);
        _queue.Do(new QueueCommand.ActionRecorded());
        Assert.Equal(ActionApplied.MaxMessages + 1, _queue.State.Held);
        Assert.Equal((ActionApplied.MaxMessages + 1, true), Progress());
    }

    [Fact]
    public void An_action_waits_for_the_end_of_an_attempt_in_flight()
    {
        var id = Sent(recipients: 2);
        _queue.Act(7, MessageAction.Delete);
        Assert.Empty(_queue.Take<QueueEffect.ReportAction>());
        _queue.End(id, 1, Delivered(0), Deferred(1));
        Assert.Empty(_queue.State.Entries);
        Assert.Equal((1, true), Progress());
    }

    [Fact]
    public void A_message_that_is_delivered_meanwhile_takes_no_action()
    {
        var id = Sent();
        _queue.Act(7, MessageAction.Bounce);
        _queue.End(id, 1, Delivered(0));
        Assert.Equal((0, true), Progress());
        Assert.Empty(Assert.Single(_queue.TakeReports()).Reported);
    }

    [Fact]
    public void A_message_on_hold_is_neither_sent_nor_expired_until_it_is_released()
    {
        var id = Waiting();
        _queue.Act(7, MessageAction.Hold).Route().Grant(10);
        Assert.Empty(_queue.TakeJobs());
        _queue.After(Lifetime + TimeSpan.FromDays(1));
        Assert.Equal(1, _queue.State.Held);
        Assert.Null(NextButMarks());
        _queue.Restart().Route().Grant(10);
        Assert.Empty(_queue.TakeJobs());
        _queue.Act(8, MessageAction.Release).Route().Grant(10);
        Assert.Equal(id, Assert.Single(_queue.TakeJobs()).Message);
        Assert.Equal(0, _queue.State.Held);
    }

    [Fact]
    public void A_retry_ends_the_pause_of_the_site_and_makes_deferred_messages_due()
    {
        var id = Sent();
        _queue.End(id, 1, Deferred(0));
        SiteDown(TimeSpan.FromHours(2));
        _queue.Act(7, MessageAction.Retry).Route().Grant(10);
        Assert.Equal(new DeliveryJob(id, 2, RecipientSet.All(1)), Assert.Single(_queue.TakeJobs()));
    }

    [Fact]
    public void A_message_takes_an_action_once_also_after_a_crash()
    {
        var id = Sent();
        _queue.End(id, 1, Deferred(0));
        _queue.Act(7, MessageAction.Hold).Act(8, MessageAction.Release);
        var rows = _queue.Journal.OfType<ActionApplied>().Count();
        _queue.Restart().Act(7, MessageAction.Hold).Act(8, MessageAction.Release);
        Assert.Equal(rows, _queue.Journal.OfType<ActionApplied>().Count());
        Assert.Equal(0, _queue.State.Held);
        Assert.NotNull(_queue.State.Find(id));
    }

    [Fact]
    public void An_earlier_action_has_no_effect_after_a_later_one()
    {
        Waiting();
        _queue.Act(8, MessageAction.Hold).Act(7, MessageAction.Delete);
        Assert.Single(_queue.State.Entries);
    }

    [Fact]
    public void Mail_accepted_after_the_order_is_not_concerned()
    {
        Waiting();
        _queue.Now += TimeSpan.FromSeconds(1);
        var late = Waiting();
        _queue.Do(new QueueCommand.Act(
            new ApplyAction(Queue, 7, MessageAction.Delete, _queue.Now, [], ""), "operations"));
        Assert.Equal(late, Assert.Single(_queue.State.Entries).Message);
    }

    [Fact]
    public void An_owner_without_messages_proves_its_ownership_before_it_confirms()
    {
        _queue.Act(7, MessageAction.Bounce);
        Assert.IsType<OwnershipTaken>(Assert.Single(_queue.Journal));
        Assert.Equal((0, true), Progress());
    }

    [Fact]
    public void A_large_action_is_carried_out_in_bounded_rows()
    {
        for (var i = 0; i < 1700; i++) Waiting();
        _queue.Act(7, MessageAction.Hold);
        while (_queue.Machine.NextWake(_queue.Now) <= _queue.Now) _queue.Do(new QueueCommand.Tick());
        var rows = _queue.Journal.OfType<ActionApplied>().ToList();
        Assert.Equal([500, 500, 500, 200], rows.Select(row => row.Messages.Count));
        Assert.Equal((1700, true), Progress());
    }

    [Fact]
    public void Closed_messages_wait_for_the_spool_before_more_are_closed()
    {
        for (var i = 0; i < OrderedActions.MaxUnsettled + 600; i++) Waiting();
        _queue.Act(7, MessageAction.Delete);
        while (_queue.Machine.NextWake(_queue.Now) <= _queue.Now) _queue.Do(new QueueCommand.Tick());
        Assert.Equal(OrderedActions.MaxUnsettled, _queue.State.Unsettled.Count);
        while (_queue.TakeReports() is { Count: > 0 } reports)
            _queue.Do(new QueueCommand.Settled([.. reports.Select(report => new AttemptId(report.Message, report.Attempt))], true));
        Assert.Empty(_queue.State.Entries);
        Assert.Equal((OrderedActions.MaxUnsettled + 600, true), Progress());
    }

    [Fact]
    public void A_copy_of_an_order_in_progress_does_not_hide_the_next_order_of_the_action()
    {
        var second = Sent();
        _queue.End(second, 1, Deferred(0));
        var first = Sent();
        // Waits for the end of the attempt.
        _queue.Act(7, MessageAction.Hold, first);
        _queue.Act(7, MessageAction.Hold, second);
        Assert.Equal((1, true), Progress());
        Assert.True(_queue.State.Find(second)!.IsHeld);
        _queue.End(first, 1, Deferred(0));
        Assert.True(_queue.State.Find(first)!.IsHeld);
        Assert.Equal((1, true), Progress());
    }

    [Fact]
    public void A_release_neither_tries_messages_that_are_not_on_hold_nor_leaves_a_hold_to_come()
    {
        var deferred = Sent();
        _queue.End(deferred, 1, Deferred(0));
        var inFlight = Sent();
        var due = _queue.State.Find(deferred)!.NextDue;
        _queue.Act(7, MessageAction.Hold, inFlight);
        _queue.Act(8, MessageAction.Release);
        Assert.Equal(due, _queue.State.Find(deferred)!.NextDue);
        _queue.End(inFlight, 1, Deferred(0));
        Assert.Equal(0, _queue.State.Held);
    }
}
