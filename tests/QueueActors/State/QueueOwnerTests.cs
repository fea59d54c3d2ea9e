using Postfleet.Contracts.Messages;
using Postfleet.Contracts.Queueing;
using Postfleet.Core.Queueing;
using Postfleet.QueueActors.Events;
using Postfleet.QueueActors.State;
using Xunit;
using static Postfleet.QueueActors.Tests.State.QueueDriver;

namespace Postfleet.QueueActors.Tests.State;

/// <summary>New owners, and attempts that are sent again.</summary>
public sealed class QueueOwnerTests : QueueMachineFixture
{
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
        _queue.Do(new QueueCommand
            .PartsChecked([new(new(next, 1, _queue.Now), true)], new Dictionary<MessageId, MovedPart?> { [next] = null }, "hand-off"));
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
}
