using Postfleet.Contracts.Messages;
using Postfleet.Contracts.Queueing;
using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;
using Postfleet.QueueActors.Events;
using Postfleet.QueueActors.Messages;
using Postfleet.QueueActors.State;
using Xunit;
using static Postfleet.QueueActors.Tests.State.QueueDriver;

namespace Postfleet.QueueActors.Tests.State;

/// <summary>
/// Delayed offers, and attempts in flight while the route disappears: nothing is done twice, and no delivered message is reported as
/// failed.
/// </summary>
public sealed class LateOfferTests
{
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly QueueDriver _queue = new();

    [Fact]
    public void An_offer_that_arrives_after_its_repeat_was_settled_is_dropped()
    {
        var id = Settle();
        _queue.Journal.Clear();
        _queue.Offer(id);
        Assert.Empty(_queue.Journal);
        Assert.Equal([id], Assert.Single(_queue.Take<QueueEffect.AcknowledgeParts>()).Messages);
    }

    [Fact]
    public void An_offer_accepted_before_this_owner_began_is_checked_in_the_spool()
    {
        _queue.Offer(_queue.NewId()).Restart();
        var late = _queue.NewId();
        _queue.Offer(late);
        Assert.Equal(late, Assert.Single(Assert.Single(_queue.Take<QueueEffect.CheckParts>()).Parts).Message);
        // A message accepted after the owner began cannot have been settled by an earlier owner.
        _queue.After(RecentlySettled.ClockMargin + TimeSpan.FromSeconds(1)).Offer(_queue.NewId());
        Assert.Empty(_queue.Take<QueueEffect.CheckParts>());
    }

    [Fact]
    public void Without_rows_of_earlier_owners_only_older_offers_are_checked()
    {
        var machine = new QueueMachine(
            new QueueState(new ReplyPool()), new QueueRules(TimeSpan.FromDays(5), _ => TimeSpan.FromMinutes(5), "node-1"));
        machine.Start(Start, Start - TimeSpan.FromHours(23));
        PartOffer Part(ulong id, TimeSpan age) => new(new QueuedPart(MessageId.FromHalves(1, id), 1, Start - age), false);
        var decision = machine.Decide(
            [new QueueCommand.Offer(new Enqueue(QueueDriver.Queue, [Part(1, TimeSpan.FromHours(22)), Part(2, TimeSpan.FromHours(24))]),
                "hand-off")], Start);
        Assert.Equal(
            MessageId.FromHalves(1, 2), Assert.Single(Assert.Single(decision.Effects.OfType<QueueEffect.CheckParts>()).Parts).Message);
        Assert.Equal(MessageId.FromHalves(1, 1), Assert.Single(decision.Events.OfType<MessageEnqueued>()).Message);
    }

    [Fact]
    public void The_memory_reports_since_when_it_is_complete()
    {
        var memory = new RecentlySettled();
        Assert.True(memory.Covers(DateTimeOffset.MinValue.AddTicks(1)));
        var id = MessageId.FromHalves(1, 1);
        memory.Remember(id, Start);
        Assert.True(memory.Knows(id));
        memory.Forget(Start + RecentlySettled.KeepFor);
        Assert.False(memory.Knows(id));
        Assert.False(memory.Covers(Start));
        Assert.True(memory.Covers(Start + RecentlySettled.ClockMargin + TimeSpan.FromTicks(1)));
    }

    [Fact]
    public void The_memory_is_bounded_and_forgets_the_oldest_first()
    {
        var memory = new RecentlySettled();
        for (var i = 0; i <= RecentlySettled.Capacity; i++) memory.Remember(MessageId.FromHalves(1, (ulong)i), Start.AddMilliseconds(i));
        Assert.Equal(RecentlySettled.Capacity, memory.Count);
        Assert.False(memory.Knows(MessageId.FromHalves(1, 0)));
        Assert.True(memory.Knows(MessageId.FromHalves(1, 1)));
        Assert.False(memory.Covers(Start));
    }

    [Fact]
    public void A_missing_route_fails_no_attempt_in_flight()
    {
        var id = _queue.NewId();
        _queue.Offer(id).Route().Grant(1).Restart();
        _queue.Do(new QueueCommand.RouteResolved(new RouteDecision.Fail(new SmtpReply(556, new EnhancedStatus(5, 1, 10), "null MX"))));
        var again = Assert.Single(_queue.Take<QueueEffect.SendJobs>());
        Assert.Equal((Destination, Deliver.IfKnown), (again.Target.Destination, again.Incarnation));
        Assert.Empty(_queue.TakeReports());
        // The destination had delivered the message before.
        _queue.End(id, 1, Delivered(0));
        Assert.Empty(Assert.Single(_queue.TakeReports()).Reported);
    }

    [Fact]
    public void Jobs_name_the_incarnation_that_granted_credit_and_repeated_jobs_name_none()
    {
        var id = _queue.NewId();
        _queue.Offer(id).Route();
        _queue.Do(new QueueCommand.Credit(new CreditGranted(Queue, Destination, 5) { Incarnation = 7 }, "destination"));
        Assert.Equal(7, Assert.Single(_queue.Take<QueueEffect.SendJobs>()).Incarnation);
        _queue.Do(new QueueCommand.DestinationLost());
        Assert.Equal(Deliver.IfKnown, Assert.Single(_queue.Take<QueueEffect.SendJobs>()).Incarnation);
        Assert.Single(_queue.Journal.OfType<AttemptsStarted>());
    }

    // Watching the new incarnation does not report the end of the old one.
    [Fact]
    public void Jobs_of_an_old_incarnation_are_sent_again_when_a_new_one_grants_credit()
    {
        var id = _queue.NewId();
        _queue.Offer(id).Route();
        _queue.Do(new QueueCommand.Credit(new CreditGranted(Queue, Destination, 1) { Incarnation = 7 }, "destination"));
        Assert.Equal(id, Assert.Single(_queue.TakeJobs()).Message);
        _queue.Do(new QueueCommand.Credit(new CreditGranted(Queue, Destination, 1) { Incarnation = 7 }, "destination"));
        Assert.Empty(_queue.TakeJobs());
        _queue.Do(new QueueCommand.Credit(new CreditGranted(Queue, Destination, 1) { Incarnation = 8 }, "destination"));
        var again = Assert.Single(_queue.Take<QueueEffect.SendJobs>());
        Assert.Equal((Deliver.IfKnown, new DeliveryJob(id, 1, RecipientSet.All(1))), (again.Incarnation, Assert.Single(again.Jobs)));
    }

    private MessageId Settle()
    {
        var id = _queue.NewId();
        _queue.Offer(id).Route().Grant(1).End(id, 1, Delivered(0));
        var report = Assert.Single(_queue.TakeReports());
        _queue.Do(new QueueCommand.Settled([new AttemptId(id, report.Attempt)], true));
        Assert.True(_queue.State.IsEmpty);
        _queue.Effects.Clear();
        return id;
    }
}
