using Postfleet.Contracts.Messages;
using Postfleet.Core.Queueing;
using Postfleet.QueueActors.Events;
using Postfleet.QueueActors.Messages;
using Postfleet.QueueActors.State;
using Xunit;
using static Postfleet.QueueActors.Tests.State.QueueDriver;

namespace Postfleet.QueueActors.Tests.State;

/// <summary>Senders are warned once when a message is delayed.</summary>
public sealed class DelayTests
{
    private static readonly TimeSpan Late = TimeSpan.FromHours(4);

    private readonly QueueDriver _queue = new(Late);

    [Fact]
    public void A_long_deferred_message_is_reported_once_with_the_last_reply()
    {
        var id = Sent(recipients: 3);
        var accepted = _queue.Now;
        _queue.End(id, 1, Delivered(0), Deferred(1, 2));
        TryUntil(id, accepted + Lifetime - TimeSpan.FromHours(1));
        var delay = Assert.Single(_queue.Journal.OfType<MessageDelayed>());
        Assert.Equal((id, accepted + Late, 450), (delay.Message, delay.At, delay.Reply.Code));
        var report = Assert.Single(_queue.TakeReports(), report => report.Cause == ReportCause.Delayed);
        Assert.False(report.IsFinal);
        Assert.Equal(delay.Attempt, report.Attempt);
        var outcome = Assert.Single(report.Reported);
        Assert.Equal((RecipientSet.Of([1, 2]), Disposition.Deferred, "mx.example.org"),
            (outcome.Recipients, outcome.Disposition, outcome.RemoteHost));
        Assert.NotNull(_queue.State.Find(id));
    }

    [Fact]
    public void A_delay_report_does_not_change_the_retry_schedule()
    {
        var id = Sent();
        var accepted = _queue.Now;
        // Tries at 5, 15, 35, 75, 155 and 315 minutes; the warning is due between the last two.
        _queue.End(id, 1, Deferred(0));
        TryUntil(id, accepted + TimeSpan.FromMinutes(155));
        var due = _queue.State.Find(id)!.NextDue;
        // Operators see the next attempt, not the warning.
        Assert.Equal(new DateTimeOffset(due, TimeSpan.Zero), _queue.Machine.NextAttempt(_queue.Now));
        Assert.Equal((accepted + TimeSpan.FromMinutes(315)).UtcTicks, due);
        Assert.Empty(_queue.After(accepted + Late - _queue.Now).TakeJobs());
        Assert.Single(_queue.Journal.OfType<MessageDelayed>());
        Assert.Equal((due, 6), (_queue.State.Find(id)!.NextDue, _queue.State.Find(id)!.Tries));
        Assert.Equal(new DateTimeOffset(due, TimeSpan.Zero), NextButMarks());
        _queue.After(TimeSpan.FromMinutes(75)).Route().Grant(1);
        Assert.Equal(id, Assert.Single(_queue.TakeJobs()).Message);
    }

    [Fact]
    public void A_delay_is_reported_in_time_while_the_site_is_paused()
    {
        var id = _queue.NewId();
        _queue.Offer(id).Route();
        SiteDown(TimeSpan.FromHours(3.5));
        _queue.After(TimeSpan.FromHours(3.5)).Route();
        SiteDown(TimeSpan.FromHours(4));
        Assert.Empty(_queue.Journal.OfType<MessageDelayed>());
        Assert.Equal(_queue.Now + TimeSpan.FromHours(4), _queue.Machine.NextAttempt(_queue.Now));
        _queue.After(TimeSpan.FromHours(0.5));
        Assert.Equal(421, Assert.Single(_queue.Journal.OfType<MessageDelayed>()).Reply.Code);
        _queue.After(TimeSpan.FromHours(3.5)).Route();
        Assert.Single(_queue.Journal.OfType<MessageDelayed>());
    }

    [Fact]
    public void A_delay_is_reported_while_the_message_waits_for_credit()
    {
        var id = _queue.NewId();
        _queue.Offer(id).Route();
        for (var i = 0; i < 5 * 60; i++) _queue.After(TimeSpan.FromMinutes(1)).Route();
        var delay = Assert.Single(_queue.Journal.OfType<MessageDelayed>());
        Assert.InRange(delay.At - _queue.Now, -TimeSpan.FromHours(1), -TimeSpan.FromMinutes(58));
        _queue.Grant(1);
        Assert.Equal((id, delay.Attempt + 1), (_queue.TakeJobs() is [var job] ? (job.Message, job.Attempt) : default));
    }

    [Fact]
    public void A_message_that_arrives_late_is_tried_before_its_delay_is_reported()
    {
        var id = _queue.NewId();
        _queue.Do(new QueueCommand
            .Offer(new Enqueue(Queue, [new PartOffer(new QueuedPart(id, 1, _queue.Now - TimeSpan.FromHours(5)), false)]), "hand-off"))
            .Route().Grant(1);
        Assert.Empty(_queue.Journal.OfType<MessageDelayed>());
        Assert.Single(_queue.TakeJobs());
        _queue.End(id, 1, Deferred(0));
        Assert.Single(_queue.Journal.OfType<MessageDelayed>());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_new_owner_settles_an_unconfirmed_delay_report_and_makes_no_other(bool isCheckpoint)
    {
        var id = Sent();
        _queue.End(id, 1, Deferred(0)).After(Late);
        var delay = Assert.Single(_queue.TakeReports());
        if (isCheckpoint)
        {
            var pieces = Checkpoints.Write(_queue.State);
            _queue.Journal.Clear();
            _queue.Journal.AddRange(pieces);
        }

        _queue.Restart();
        var again = Assert.Single(_queue.TakeReports());
        Assert.Equal((delay.Message, delay.Attempt, delay.Cause), (again.Message, again.Attempt, again.Cause));
        _queue.Do(new QueueCommand.Settled([new AttemptId(id, delay.Attempt)], true)).After(Late);
        Assert.Empty(_queue.TakeReports());
        Assert.True(_queue.State.Find(id)!.IsDelayReported);
    }

    [Fact]
    public void Reports_of_a_message_are_settled_in_order()
    {
        var id = Sent();
        _queue.End(id, 1, Deferred(0)).After(Late).Route().Grant(1);
        var delay = Assert.Single(_queue.TakeReports());
        _queue.End(id, Assert.Single(_queue.TakeJobs()).Attempt, Failed(0));
        Assert.Empty(_queue.TakeReports());
        _queue.Do(new QueueCommand.Settled([new AttemptId(id, delay.Attempt)], true));
        Assert.True(Assert.Single(_queue.TakeReports()) is { IsFinal: true, Cause: ReportCause.Attempt });
    }

    [Fact]
    public void Only_requested_success_reports_are_made()
    {
        var id = Sent(recipients: 3);
        _queue.End(id, 1, Delivered(0), Delivered(1) with { Success = SuccessReport.Relayed }, Deferred(2));
        var report = Assert.Single(_queue.TakeReports());
        Assert.False(report.IsFinal);
        Assert.Equal(RecipientSet.Of(1), Assert.Single(report.Reported).Recipients);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(120)]
    [InlineData(200)]
    public void No_delay_is_reported_without_a_time_or_beyond_the_lifetime(int hours)
    {
        var queue = new QueueDriver(TimeSpan.FromHours(hours));
        var id = queue.NewId();
        queue.Offer(id).Route();
        for (var i = 0; i < 40 && queue.State.Find(id) is not null; i++)
        {
            queue.Do(new QueueCommand.SiteDown(new SiteUnavailable(Queue, Destination, TimeSpan.FromHours(4), new(421, null, "down"))))
                .After(TimeSpan.FromHours(4)).Route();
        }

        Assert.Single(queue.Journal.OfType<MessageExpired>());
        Assert.Empty(queue.Journal.OfType<MessageDelayed>());
    }

    private MessageId Sent(int recipients = 1)
    {
        var id = _queue.NewId();
        _queue.Offer(id, recipients).Route().Grant(1);
        Assert.Single(_queue.TakeJobs());
        return id;
    }

    private void SiteDown(TimeSpan pause) =>
        _queue.Do(new QueueCommand.SiteDown(new SiteUnavailable(Queue, Destination, pause, new(421, null, "down"))));

    // Defers each try as it is made.
    private void TryUntil(MessageId id, DateTimeOffset end)
    {
        while (_queue.State.Find(id) is { } && NextButMarks() is { } next && next <= end)
        {
            _queue.Now = next;
            _queue.Do(new QueueCommand.Tick()).Route().Grant(1);
            foreach (var job in _queue.TakeJobs()) _queue.End(id, job.Attempt, Deferred([.. job.Open.Indexes()]));
        }
    }

    private DateTimeOffset? NextButMarks()
    {
        foreach (var entry in _queue.State.Entries) entry.IsMarked = true;
        return _queue.Machine.NextWake(_queue.Now);
    }
}
