using Postfleet.Contracts.Messages;
using Postfleet.Contracts.Stats;
using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;
using Postfleet.QueueActors.Events;
using Postfleet.QueueActors.State;
using Xunit;
using static Postfleet.QueueActors.Tests.State.QueueDriver;

namespace Postfleet.QueueActors.Tests.State;

/// <summary>Messages that an operator moves to the queue of another stream.</summary>
public sealed class MoveTests : QueueMachineFixture
{
    [Fact]
    public void A_moved_message_leaves_with_its_open_recipients_and_its_history_of_attempts()
    {
        _queue.KeepsOutcomes = true;
        _queue.Restart();
        var id = Sent(recipients: 2);
        _queue.End(id, 1, Delivered(0), Deferred(1));
        Confirm();
        Move();
        Assert.Empty(_queue.State.Entries);
        var report = Assert.Single(_queue.TakeReports());
        Assert.Equal((2, true, ReportCause.Moved), (report.Attempt, report.IsFinal, report.Cause));
        Assert.Empty(report.Reported);
        Assert.Equal("bulk", report.Move!.Stream);
        var state = report.Move.State;
        Assert.Equal((RecipientSet.Of(1), 2, 1, 1, 7), (state.Open, state.Attempt, state.Tries, state.Moves, state.Action));
        Assert.NotNull(state.LastReply);
        var outcome = Assert.Single(report.Outcomes!.Recipients);
        Assert.Equal(RecipientSet.Of(1), outcome.Recipients);
        Assert.Contains("moved to the stream bulk by an operator (action 7): wrong campaign", outcome.Reply.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_move_is_complete_when_the_spool_has_the_message_in_its_new_queue()
    {
        Waiting();
        Move();
        Assert.Empty(_queue.Take<QueueEffect.ReportAction>());
        Confirm();
        Assert.Equal((1, true), Progress());
    }

    [Fact]
    public void Another_action_waits_for_moves_in_progress()
    {
        Waiting();
        Move();
        _queue.Act(8, MessageAction.Bounce);
        Assert.Empty(_queue.Take<QueueEffect.ReportAction>());
        Confirm();
        Assert.Equal([(7, 1, true), (8, 0, true)], _queue.Take<QueueEffect.ReportAction>()
            .Select(report => (report.Progress.Number, report.Progress.Messages, report.Progress.IsComplete)));
    }

    [Fact]
    public void A_move_is_repeated_by_a_new_owner_until_the_spool_confirms_it()
    {
        Waiting();
        Move();
        var report = Assert.Single(_queue.TakeReports());
        _queue.Restart();
        Assert.Equal(report, Assert.Single(_queue.TakeReports()), SettlementComparer.Instance);
        _queue.Journal.Clear();
        _queue.Journal.AddRange(Checkpoints.Write(_queue.State));
        _queue.Restart();
        Assert.Equal(report, Assert.Single(_queue.TakeReports()), SettlementComparer.Instance);
    }

    [Fact]
    public void Messages_of_the_stream_itself_stay()
    {
        Waiting();
        Move("default");
        Assert.Single(_queue.State.Entries);
        Assert.Equal((0, true), Progress());
    }

    [Theory]
    [InlineData("")]
    [InlineData("Bulk")]
    [InlineData("bulk:x")]
    public void A_name_that_is_no_stream_moves_nothing(string stream)
    {
        Waiting();
        Move(stream);
        Assert.Single(_queue.State.Entries);
        Assert.Equal((0, true), Progress());
    }

    [Fact]
    public void A_queue_takes_a_moved_message_over_in_its_state_and_tries_it_at_once()
    {
        var moved = new MovedPart(RecipientSet.Of(1), 4, 1) { Tries = 3, Action = 7, LastReply = new SmtpReply(451, null, "later") };
        var id = Take(moved, recipients: 2);
        var job = Assert.Single(_queue.Route().Grant(1).TakeJobs());
        Assert.Equal((id, 5, RecipientSet.Of(1)), (job.Message, job.Attempt, job.Open));
        _queue.End(id, 5, Delivered(1));
        Assert.Equal((5, true), (Assert.Single(_queue.TakeReports()).Attempt, _queue.State.IsEmpty is false));
    }

    [Fact]
    public void A_moved_message_on_hold_stays_on_hold_and_takes_no_earlier_action()
    {
        Take(new MovedPart(RecipientSet.All(1), 4, 1) { Action = 7, IsHeld = true });
        Assert.Empty(_queue.Route().Grant(1).TakeJobs());
        _queue.Act(6, MessageAction.Release);
        Assert.Empty(_queue.Route().Grant(1).TakeJobs());
        _queue.Restart().Act(8, MessageAction.Release).Route().Grant(1);
        Assert.Single(_queue.TakeJobs());
    }

    [Fact]
    public void The_hand_off_mark_of_a_moved_message_has_the_number_of_its_moves()
    {
        var id = Take(new MovedPart(RecipientSet.All(1), 4, 3));
        // A part that the sweeper offered is marked as late as others: this node may have been removed from the cluster unnoticed.
        Assert.Empty(_queue.Take<QueueEffect.Mark>());
        _queue.After(TimeSpan.FromSeconds(10));
        Assert.Equal([new QueueMark(id, 3)], Assert.Single(_queue.Take<QueueEffect.Mark>()).Marks);
        _queue.Do(new QueueCommand.Marked([new QueueMark(id, 1)], true));
        Assert.False(_queue.State.Find(id)!.IsMarked);
        _queue.Do(new QueueCommand.Marked([new QueueMark(id, 3)], true));
        Assert.True(_queue.State.Find(id)!.IsMarked);
    }

    [Fact]
    public void Moved_recipients_are_no_failures_of_the_queue()
    {
        Waiting(recipients: 3);
        Move();
        Assert.Equal(0, _queue.Machine.Describe(new DescribeQueue(Queue, 0), _queue.Now).Failed.Day);
    }

    private void Move(string stream = "bulk") => _queue.Do(new QueueCommand.Act(
        new ApplyAction(Queue, 7, MessageAction.Move, _queue.Now.AddTicks(1), [], "wrong campaign") { Stream = stream }, "operations"));

    private MessageId Take(MovedPart moved, int recipients = 1)
    {
        var id = _queue.NewId();
        _queue.Offer(id, recipients, isRepeat: true);
        var check = Assert.Single(_queue.Take<QueueEffect.CheckParts>());
        _queue.Do(new QueueCommand.PartsChecked(check.Parts, new Dictionary<MessageId, MovedPart?> { [id] = moved }, check.ReplyTo));
        return id;
    }

    private void Confirm()
    {
        var reports = _queue.Take<QueueEffect.Settle>().SelectMany(settle => settle.Reports)
            .Select(report => new AttemptId(report.Message, report.Attempt)).ToList();
        _queue.Do(new QueueCommand.Settled(reports, true));
    }

    private sealed class SettlementComparer : IEqualityComparer<SettlementRequest>
    {
        public static readonly SettlementComparer Instance = new();

        public bool Equals(SettlementRequest? x, SettlementRequest? y) =>
            x is not null && y is not null
                && (x.Message, x.Attempt, x.IsFinal, x.Cause, x.Move) == (y.Message, y.Attempt, y.IsFinal, y.Cause, y.Move);

        public int GetHashCode(SettlementRequest obj) => obj.Message.GetHashCode();
    }
}
