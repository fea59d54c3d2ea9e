using Postfleet.Contracts.Messages;
using Postfleet.Contracts.Queueing;
using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;
using Postfleet.QueueActors.Events;
using Postfleet.QueueActors.State;
using Xunit;
using static Postfleet.QueueActors.Tests.State.QueueDriver;

namespace Postfleet.QueueActors.Tests.State;

/// <summary>
/// What was long under way, and what is in flight while its route goes: nothing of it is done twice, or called failed that was not.
/// </summary>
public sealed class LateOfferTests
{
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly QueueDriver _queue = new();

    [Fact]
    public void An_offer_that_comes_after_its_own_repeat_was_settled_is_acknowledged_and_dropped()
    {
        var id = Settle();
        _queue.Journal.Clear();
        _queue.Offer(id);
        Assert.Empty(_queue.Journal);
        Assert.Equal([id], Assert.Single(_queue.Take<QueueEffect.AcknowledgeParts>()).Messages);
    }

    [Fact]
    public void An_offer_from_before_this_owner_is_checked_against_its_row()
    {
        _queue.Offer(_queue.NewId()).Restart();
        var late = _queue.NewId();
        _queue.Offer(late);
        Assert.Equal(late, Assert.Single(Assert.Single(_queue.Take<QueueEffect.CheckParts>()).Parts).Message);
        // What was accepted after it had begun cannot have been settled by the one before it.
        _queue.After(RecentlySettled.ClockMargin + TimeSpan.FromSeconds(1)).Offer(_queue.NewId());
        Assert.Empty(_queue.Take<QueueEffect.CheckParts>());
    }

    [Fact]
    public void Where_the_rows_of_earlier_owners_are_gone_only_an_offer_from_before_their_end_is_checked()
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
    public void Memory_says_how_far_back_it_reaches()
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
    public void Memory_is_bounded_and_forgets_the_oldest_first()
    {
        var memory = new RecentlySettled();
        for (var i = 0; i <= RecentlySettled.Capacity; i++) memory.Remember(MessageId.FromHalves(1, (ulong)i), Start.AddMilliseconds(i));
        Assert.Equal(RecentlySettled.Capacity, memory.Count);
        Assert.False(memory.Knows(MessageId.FromHalves(1, 0)));
        Assert.True(memory.Knows(MessageId.FromHalves(1, 1)));
        Assert.False(memory.Covers(Start));
    }

    [Fact]
    public void A_route_that_is_gone_fails_no_attempt_that_is_in_flight_but_asks_its_destination_again()
    {
        var id = _queue.NewId();
        _queue.Offer(id).Route().Grant(1).Restart();
        _queue.Do(new QueueCommand.RouteResolved(new RouteDecision.Fail(new SmtpReply(556, new EnhancedStatus(5, 1, 10), "null MX"))));
        var again = Assert.Single(_queue.Take<QueueEffect.SendJobs>());
        Assert.Equal((Destination, Deliver.IfKnown), (again.Target.Destination, again.Incarnation));
        Assert.Empty(_queue.TakeReports());
        // Its destination had delivered it all the time.
        _queue.End(id, 1, Delivered(0));
        Assert.Empty(Assert.Single(_queue.TakeReports()).Reported);
    }

    [Fact]
    public void Jobs_name_the_incarnation_that_has_granted_their_credit_and_again_none()
    {
        var id = _queue.NewId();
        _queue.Offer(id).Route();
        _queue.Do(new QueueCommand.Credit(new CreditGranted(Queue, Destination, 5) { Incarnation = 7 }, "destination"));
        Assert.Equal(7, Assert.Single(_queue.Take<QueueEffect.SendJobs>()).Incarnation);
        _queue.Do(new QueueCommand.DestinationLost());
        Assert.Equal(Deliver.IfKnown, Assert.Single(_queue.Take<QueueEffect.SendJobs>()).Incarnation);
        Assert.Single(_queue.Journal.OfType<AttemptsStarted>());
    }

    // Whoever watches the new one is not told that the old one is gone.
    [Fact]
    public void What_an_incarnation_had_is_sent_again_when_the_next_one_grants_credit()
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
