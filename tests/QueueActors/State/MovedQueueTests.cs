using Postfleet.Contracts.Messages;
using Postfleet.Contracts.Queueing;
using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;
using Postfleet.QueueActors.Events;
using Postfleet.QueueActors.State;
using Xunit;
using static Postfleet.QueueActors.Tests.State.QueueDriver;

namespace Postfleet.QueueActors.Tests.State;

/// <summary>Queues whose route an operator's move changes.</summary>
public sealed class MovedQueueTests : QueueMachineFixture
{
    private static readonly DeliveryTarget Backup =
        new(new DestinationId("default|backup.example"), TargetKind.Smarthost, [new TargetHost(0, "backup.example")], 25);

    private static readonly SmtpReply NoRoute = new(451, new EnhancedStatus(4, 3, 5), "this node has no such route");

    [Fact]
    public void A_queue_with_jobs_at_its_destination_asks_for_its_route_at_once_and_takes_them_back_if_it_differs()
    {
        var id = Sent();
        _queue.Take<QueueEffect.ResolveRoute>();
        _queue.Do(new QueueCommand.SuspensionChanged());
        Assert.Single(_queue.Take<QueueEffect.ResolveRoute>());
        _queue.Route(Backup);
        var taken = Assert.Single(_queue.Take<QueueEffect.TakeBack>());
        Assert.Equal((Destination, 0), (taken.Destination, taken.Messages.Count));
        _queue.End(id, 1, AttemptResult.NotAttempted).Grant(10, Backup.Destination);
        var sent = Assert.Single(_queue.Take<QueueEffect.SendJobs>());
        Assert.Equal((Backup, 2), (sent.Target, Assert.Single(sent.Jobs).Attempt));
    }

    [Fact]
    public void Jobs_stay_where_they_are_if_the_route_is_the_same()
    {
        Sent();
        _queue.Do(new QueueCommand.SuspensionChanged()).Route();
        Assert.Empty(_queue.Take<QueueEffect.TakeBack>());
    }

    [Fact]
    public void A_change_of_the_route_without_an_order_takes_no_jobs_back()
    {
        Sent();
        _queue.Route(Backup);
        Assert.Empty(_queue.Take<QueueEffect.TakeBack>());
    }

    [Fact]
    public void The_answer_of_a_lookup_that_began_before_the_order_is_not_used()
    {
        _queue.Offer(_queue.NewId());
        Assert.Single(_queue.Take<QueueEffect.ResolveRoute>());
        _queue.Do(new QueueCommand.SuspensionChanged());
        Assert.Empty(_queue.Take<QueueEffect.ResolveRoute>());
        _queue.Do(new QueueCommand.RouteResolved(new RouteDecision.Fail(new SmtpReply(550, new EnhancedStatus(5, 1, 2), "no domain"))));
        Assert.Empty(_queue.Journal.OfType<AttemptEnded>());
        Assert.Single(_queue.Take<QueueEffect.ResolveRoute>());
        _queue.Route(Backup);
        Assert.Equal(Backup, Assert.Single(_queue.Take<QueueEffect.AskForCredit>()).Target);
    }

    [Fact]
    public void The_pause_of_the_old_destination_does_not_hold_mail_for_another()
    {
        Waiting();
        SiteDown(TimeSpan.FromHours(1));
        _queue.Do(new QueueCommand.SuspensionChanged());
        Assert.Single(_queue.Take<QueueEffect.ResolveRoute>());
        _queue.Route(Backup);
        Assert.Equal(Backup, Assert.Single(_queue.Take<QueueEffect.AskForCredit>()).Target);
        _queue.Grant(10, Backup.Destination);
        Assert.Single(_queue.TakeJobs());
    }

    /// <summary>The pause may last for hours, and the mail was moved to get around it.</summary>
    [Fact]
    public void A_new_owner_does_not_wait_for_the_pause_of_the_old_destination()
    {
        Waiting();
        SiteDown(TimeSpan.FromHours(1));
        _queue.Do(new QueueCommand.SuspensionChanged()).Route(Backup);
        Assert.Equal((null, 0), (_queue.State.SiteUntil, _queue.State.SiteFailures));
        _queue.Take<QueueEffect.AskForCredit>();
        _queue.Restart();
        _queue.Take<QueueEffect.ResolveRoute>();
        _queue.Route(Backup);
        Assert.Equal(Backup, Assert.Single(_queue.Take<QueueEffect.AskForCredit>()).Target);
    }

    [Fact]
    public void The_pause_of_a_destination_holds_its_mail_if_the_route_is_the_same()
    {
        Waiting();
        SiteDown(TimeSpan.FromHours(1));
        _queue.Take<QueueEffect.AskForCredit>();
        _queue.Do(new QueueCommand.SuspensionChanged()).Route();
        Assert.Empty(_queue.Take<QueueEffect.AskForCredit>());
        Assert.Equal(_queue.Now.AddHours(1), NextButMarks());
    }

    [Fact]
    public void The_pause_of_the_new_destination_holds_the_mail()
    {
        Waiting();
        _queue.Do(new QueueCommand.SuspensionChanged()).Route(Backup);
        _queue.Do(new QueueCommand.SiteDown(new SiteUnavailable(Queue, Backup.Destination, TimeSpan.FromHours(1), NoRoute)));
        Assert.Equal(_queue.Now.AddHours(1), NextButMarks());
    }

    [Fact]
    public void Mail_without_a_known_route_is_taken_back_and_goes_when_the_move_ends()
    {
        var id = Sent();
        _queue.Do(new QueueCommand.SuspensionChanged());
        _queue.Do(new QueueCommand.RouteResolved(new RouteDecision.Defer(NoRoute)));
        Assert.Single(_queue.Take<QueueEffect.TakeBack>());
        _queue.End(id, 1, AttemptResult.NotAttempted);
        Assert.Equal(NoRoute, _queue.State.SiteReply);
        Assert.Empty(_queue.TakeJobs());
        _queue.Take<QueueEffect.AskForCredit>();
        _queue.Do(new QueueCommand.SuspensionChanged()).Route();
        Assert.Equal(Target, Assert.Single(_queue.Take<QueueEffect.AskForCredit>()).Target);
    }

    [Fact]
    public void A_queue_that_is_suspended_wherever_its_mail_goes_asks_for_its_route_later()
    {
        Waiting();
        _queue.Suspension = new Suspension(3, null, "");
        _queue.Do(new QueueCommand.SuspensionChanged());
        Assert.Empty(_queue.Take<QueueEffect.ResolveRoute>());
        _queue.Suspension = null;
        _queue.Do(new QueueCommand.SuspensionChanged());
        _queue.Route(Backup);
        Assert.Equal(Backup, Assert.Single(_queue.Take<QueueEffect.AskForCredit>()).Target);
    }

    [Fact]
    public void Mail_that_is_suspended_at_its_old_destination_goes_to_another()
    {
        Waiting();
        (_queue.Suspension, _queue.SuspendedSite) = (new Suspension(3, null, ""), Destination);
        _queue.Do(new QueueCommand.SuspensionChanged()).Route();
        _queue.Take<QueueEffect.AskForCredit>();
        _queue.Take<QueueEffect.ResolveRoute>();
        _queue.Grant(10);
        Assert.Empty(_queue.TakeJobs());
        _queue.Do(new QueueCommand.SuspensionChanged());
        Assert.Single(_queue.Take<QueueEffect.ResolveRoute>());
        _queue.Route(Backup).Grant(10, Backup.Destination);
        Assert.Single(_queue.TakeJobs());
    }

    [Fact]
    public void An_empty_queue_does_not_ask()
    {
        _queue.Do(new QueueCommand.SuspensionChanged());
        Assert.Empty(_queue.Take<QueueEffect.ResolveRoute>());
    }

    private void Waiting()
    {
        _queue.Offer(_queue.NewId()).Route();
        _queue.Take<QueueEffect.ResolveRoute>();
        _queue.Take<QueueEffect.AskForCredit>();
    }
}
