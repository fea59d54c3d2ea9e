using Postfleet.Contracts.Messages;
using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;
using Postfleet.Delivery.Destinations.State;
using Postfleet.Delivery.Routing;
using Xunit;

namespace Postfleet.Delivery.Tests.Destinations.State;

/// <summary>The life of a destination: decisions, timers, draining, cut-off and passivation.</summary>
public sealed class DestinationLifecycleTests
{
    private const int Connection = 1;

    private static readonly TargetHost[] Hosts = [new TargetHost(10, "mx.example")];
    private static readonly DeliveryTarget Mx = new(SiteNames.For(Hosts, 25), TargetKind.Mx, Hosts, 25);
    private static readonly QueueKey Queue = QueueKey.FromTrusted("default:a.example");
    private static readonly DestinationTimes Times = new(TimeSpan.FromMinutes(2), TimeSpan.FromSeconds(50), TimeSpan.FromSeconds(4));

    private readonly DestinationLifecycle _lifecycle = new(new DestinationState(new DestinationRules(), () => 0.5), Times);
    private readonly List<DestinationOutput> _outputs = [];
    private DateTimeOffset _now = DateTimeOffset.UnixEpoch;
    private ulong _lastMessage;

    [Fact]
    public void Inputs_that_arrive_together_are_decided_once()
    {
        Handle(Jobs(1));
        Assert.Equal(DestinationOutputKind.DecideSoon, Assert.Single(_outputs).Kind);
        Handle(Jobs(1));
        Assert.Empty(_outputs);
        Handle(DestinationInput.Decide);
        Assert.Contains(_outputs, output => output.Effect is DestinationEffect.Open);
        Handle(Jobs(1));
        Assert.Equal(DestinationOutputKind.DecideSoon, Assert.Single(_outputs).Kind);
    }

    [Fact]
    public void A_destination_without_work_passivates_after_its_idle_time_and_asks_again_when_nothing_stops_it()
    {
        Handle(DestinationInput.Decide);
        Assert.Contains(DestinationOutput.SetTimer(DestinationTimer.Idle, Times.Idle), _outputs);
        Handle(DestinationInput.Due(DestinationTimer.Idle));
        Assert.Equal(DestinationOutputKind.Passivate, Assert.Single(_outputs).Kind);
        Handle(DestinationInput.Decide);
        Assert.Contains(DestinationOutput.SetTimer(DestinationTimer.Idle, Times.Idle), _outputs);
    }

    [Fact]
    public void A_job_cancels_the_idle_timer()
    {
        Handle(DestinationInput.Decide);
        Handle(Jobs(1));
        Handle(DestinationInput.Decide);
        Assert.Contains(DestinationOutput.CancelTimer(DestinationTimer.Idle), _outputs);
    }

    [Fact]
    public void A_draining_destination_does_not_ask_to_be_passivated()
    {
        Handle(DestinationInput.Decide);
        Handle(DestinationInput.Drain);
        Handle(DestinationInput.Due(DestinationTimer.Idle));
        Assert.Empty(_outputs);
    }

    [Fact]
    public void A_job_that_comes_before_the_answer_to_a_passivation_is_ended_before_the_destination_stops()
    {
        Handle(DestinationInput.Decide);
        Handle(DestinationInput.Due(DestinationTimer.Idle));
        var job = Run();
        Handle(DestinationInput.Stop);
        Handle(DestinationInput.Decide);
        Assert.False(Stops());
        End(job, AttemptResult.Attempted);
        Assert.Equal(AttemptResult.Attempted, Assert.Single(Reported()).Result);
        Handle(DestinationInput.Reported(new ConnectionEvent.Closed(Connection)));
        Handle(DestinationInput.Received(new OutcomesAcknowledged(Mx.Destination, Queue, [new AttemptId(job.Message, job.Attempt)])));
        Handle(DestinationInput.Decide);
        Assert.True(Stops());
    }

    [Fact]
    public void A_drained_destination_reports_so_once_and_stops_only_when_it_is_to_leave()
    {
        Handle(DestinationInput.Drain);
        Handle(DestinationInput.Decide);
        Assert.Single(_outputs, output => output.Kind == DestinationOutputKind.Drained);
        Assert.False(Stops());
        Handle(DestinationInput.Stop);
        Handle(DestinationInput.Decide);
        Assert.DoesNotContain(_outputs, output => output.Kind == DestinationOutputKind.Drained);
        Assert.True(Stops());
    }

    [Fact]
    public void A_job_that_was_cut_off_is_not_reported_and_not_waited_for()
    {
        var job = Run();
        Handle(DestinationInput.Stop);
        Assert.Contains(DestinationOutput.SetTimer(DestinationTimer.GraceOver, Times.MoveGrace), _outputs);
        Handle(DestinationInput.Due(DestinationTimer.GraceOver));
        Assert.Contains(_outputs, output => output.Kind == DestinationOutputKind.CutOff);
        Assert.Contains(DestinationOutput.SetTimer(DestinationTimer.ReplyGrace, Times.ReplyGrace), _outputs);
        Handle(DestinationInput.Decide);
        End(job, AttemptResult.NotAttempted);
        Assert.Empty(Reported());
        Handle(DestinationInput.Reported(new ConnectionEvent.Closed(Connection)));
        Handle(DestinationInput.Decide);
        Assert.True(Stops());
    }

    [Fact]
    public void A_reply_that_comes_after_the_cut_off_is_reported_and_the_time_for_it_is_bounded()
    {
        var job = Run();
        Handle(DestinationInput.CutOff);
        Handle(DestinationInput.Decide);
        End(job, AttemptResult.Attempted);
        Assert.Equal(AttemptResult.Attempted, Assert.Single(Reported()).Result);
        Assert.False(Stops());
        Handle(DestinationInput.Due(DestinationTimer.ReplyGrace));
        Assert.True(Stops());
        Handle(Jobs(1));
        Assert.Empty(_outputs);
    }

    private DeliveryJob Run()
    {
        var deliver = Jobs(1);
        Handle(deliver);
        Handle(DestinationInput.Decide);
        Handle(DestinationInput.Reported(new ConnectionEvent.Opened(Connection)));
        Handle(DestinationInput.Decide);
        Assert.Contains(_outputs, output => output.Effect is DestinationEffect.Send);
        return Assert.Single(((Deliver)deliver.Message!).Jobs);
    }

    private void End(DeliveryJob job, AttemptResult result)
    {
        IReadOnlyList<RecipientOutcome> recipients = result != AttemptResult.Attempted ? []
            : [new RecipientOutcome(job.Open, Disposition.Delivered, new SmtpReply(250, null, "ok"), "mx.example")];
        var outcome = new JobOutcome(job.Message, job.Attempt, result, recipients);
        Handle(DestinationInput.Reported(new ConnectionEvent.Ended(Connection, outcome, 1, false)));
        Handle(DestinationInput.Decide);
    }

    private IReadOnlyList<JobOutcome> Reported() =>
        [.. _outputs.Select(output => output.Effect).OfType<DestinationEffect.Report>().SelectMany(report => report.Jobs)];

    private bool Stops() => _outputs.Exists(output => output.Kind == DestinationOutputKind.Stop);

    private DestinationInput Jobs(int count) => DestinationInput.Received(new Deliver(Mx, Queue, [.. Enumerable.Range(0, count).Select(_ =>
        new DeliveryJob(MessageId.FromHalves(7, ++_lastMessage), 1, RecipientSet.All(1)))]));

    private void Handle(in DestinationInput input)
    {
        _outputs.Clear();
        _now += TimeSpan.FromMilliseconds(1);
        _lifecycle.Handle(input, _now, _outputs);
    }
}
