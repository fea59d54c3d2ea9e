using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;
using Postfleet.QueueActors.Events;
using Postfleet.QueueActors.State;
using Xunit;
using static Postfleet.QueueActors.Tests.State.QueueDriver;

namespace Postfleet.QueueActors.Tests.State;

/// <summary>Messages whose sender allows a time for the delivery (RFC 2852).</summary>
public sealed class DeliverByTests
{
    private static readonly TimeSpan Time = TimeSpan.FromMinutes(2);

    private readonly QueueDriver _queue = new(delayWarning: TimeSpan.FromHours(4));

    [Fact]
    public void Message_of_mode_R_that_waits_for_credit_ends_in_time()
    {
        var id = Offer(DeliverByMode.Return);
        Assert.Empty(_queue.After(Time - TimeSpan.FromTicks(1)).Journal.OfType<MessageExpired>());
        Assert.Equal(_queue.Now.AddTicks(1), _queue.Machine.NextWake(_queue.Now));
        AssertEnded(id, _queue.After(TimeSpan.FromTicks(1)));
        Assert.Empty(_queue.Route().Grant(10).TakeJobs());
        Assert.Equal(0, _queue.Machine.Due);
    }

    [Fact]
    public void Message_of_mode_R_that_was_deferred_ends_in_time_and_the_report_has_the_last_reply()
    {
        var id = Offer(DeliverByMode.Return);
        _queue.Grant(1).End(id, 1, Deferred(0));
        AssertEnded(id, _queue.After(Time));
        Assert.EndsWith("; last: 450 4.2.0 later", Assert.Single(_queue.Journal.OfType<MessageExpired>()).Reply.Text,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Job_at_a_busy_destination_is_taken_back_and_ends_the_message_when_it_comes()
    {
        var id = Offer(DeliverByMode.Return);
        _queue.Grant(1).TakeJobs();
        _queue.After(Time);
        var back = Assert.Single(_queue.Take<QueueEffect.TakeBack>());
        Assert.Equal((Destination, id), (back.Destination, Assert.Single(back.Messages)));
        Assert.Empty(_queue.Journal.OfType<MessageExpired>());
        AssertEnded(id, _queue.End(id, 1, AttemptResult.NotAttempted));
    }

    [Fact]
    public void Attempt_that_runs_at_the_end_of_the_time_may_deliver()
    {
        var id = Offer(DeliverByMode.Return);
        _queue.Grant(1).After(Time);
        _queue.End(id, 1, Delivered(0));
        Assert.Empty(_queue.Journal.OfType<MessageExpired>());
        Assert.Empty(_queue.State.Entries);
    }

    [Fact]
    public void Attempt_that_defers_after_the_end_of_the_time_is_the_last()
    {
        var id = Offer(DeliverByMode.Return);
        _queue.Grant(1).After(Time + TimeSpan.FromSeconds(1));
        AssertEnded(id, _queue.End(id, 1, Deferred(0)));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Time_holds_after_a_restart(bool isCheckpoint)
    {
        var id = Offer(DeliverByMode.Return);
        if (isCheckpoint)
        {
            var checkpoint = Checkpoints.Write(_queue.State);
            _queue.Journal.Clear();
            _queue.Journal.AddRange(checkpoint);
        }

        _queue.Now += Time;
        AssertEnded(id, _queue.Restart());
    }

    [Fact]
    public void Time_holds_for_a_message_on_hold_in_a_suspended_queue()
    {
        var id = Offer(DeliverByMode.Return);
        _queue.Act(3, MessageAction.Hold);
        _queue.Suspension = new Suspension(1, _queue.Now.AddDays(1), "");
        AssertEnded(id, _queue.After(Time));
        Assert.Equal(0, _queue.State.Held);
    }

    [Fact]
    public void Message_that_comes_too_late_is_not_tried()
    {
        var id = _queue.NewId();
        var part = new QueuedPart(id, 1, _queue.Now) { DeliverByMode = DeliverByMode.Return, DeliverWithin = 120 };
        _queue.Now += Time;
        AssertEnded(id, _queue.Offer(part, isRepeat: true)
            .Do(
            new QueueCommand.PartsChecked([new(part, true)], new Dictionary<MessageId, MovedPart?> { [id] = null }, "hand-off")));
    }

    [Fact]
    public void Message_of_mode_N_is_reported_as_delayed_in_time_and_tried_on()
    {
        var id = Offer(DeliverByMode.Notify);
        _queue.Grant(1).TakeJobs();
        _queue.End(id, 1, Deferred(0)).After(Time);
        var delay = Assert.Single(_queue.Journal.OfType<MessageDelayed>());
        Assert.Equal((id, new EnhancedStatus(4, 4, 7)), (delay.Message, delay.Reply.Status));
        Assert.Single(_queue.TakeReports(), report => report is { Cause: ReportCause.Delayed, IsFinal: false });
        Assert.Equal(id, Assert.Single(_queue.After(TimeSpan.FromMinutes(3)).Route().Grant(1).TakeJobs()).Message);
        // The usual warning does not follow.
        for (var i = 0; i < 20; i++) _queue.After(TimeSpan.FromHours(1)).Route();
        Assert.Single(_queue.Journal.OfType<MessageDelayed>());
    }

    [Fact]
    public void Message_of_mode_N_whose_time_was_over_before_is_tried_before_the_report()
    {
        var id = _queue.NewId();
        _queue.Offer(new QueuedPart(id, 1, _queue.Now) { DeliverByMode = DeliverByMode.Notify }).Route();
        Assert.Single(_queue.Grant(1).TakeJobs());
        Assert.Empty(_queue.Journal.OfType<MessageDelayed>());
        _queue.End(id, 1, Deferred(0)).After(TimeSpan.Zero);
        Assert.Single(_queue.Journal.OfType<MessageDelayed>());
    }

    [Fact]
    public void Message_of_mode_N_that_waits_for_credit_is_reported_within_a_minute()
    {
        Offer(DeliverByMode.Notify);
        for (var i = 0; i < 6; i++) _queue.After(TimeSpan.FromSeconds(30)).Route();
        Assert.Single(_queue.Journal.OfType<MessageDelayed>());
    }

    [Fact]
    public void Lifetime_ends_a_message_before_a_later_time_for_the_delivery()
    {
        var id = _queue.NewId();
        _queue.Offer(new QueuedPart(id, 1, _queue.Now)
        {
            DeliverByMode = DeliverByMode.Return,
            DeliverWithin = DeliverByRequest.MaxSeconds,
        }).Route().Grant(1).End(id, 1, Deferred(0));
        _queue.TakeJobs();
        _queue.After(Lifetime).Route().Grant(1);
        _queue.End(id, Assert.Single(_queue.TakeJobs()).Attempt, Deferred(0));
        Assert.Equal(450, Assert.Single(_queue.Journal.OfType<MessageExpired>()).Reply.Code);
    }

    private MessageId Offer(DeliverByMode mode)
    {
        var id = _queue.NewId();
        _queue.Offer(new QueuedPart(id, 1, _queue.Now) { DeliverByMode = mode, DeliverWithin = (int)Time.TotalSeconds }).Route();
        return id;
    }

    private static void AssertEnded(MessageId id, QueueDriver queue)
    {
        var expired = Assert.Single(queue.Journal.OfType<MessageExpired>());
        Assert.Equal((id, 554, new EnhancedStatus(5, 4, 7)), (expired.Message, expired.Reply.Code, expired.Reply.Status));
        Assert.Empty(queue.State.Entries);
        Assert.Single(queue.TakeReports(), report => report is { Cause: ReportCause.Expired, IsFinal: true });
    }
}
