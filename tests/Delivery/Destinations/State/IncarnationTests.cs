using Postfleet.Contracts.Messages;
using Postfleet.Core.Queueing;
using Postfleet.Delivery.Destinations.State;
using Xunit;
using static Postfleet.Delivery.Tests.Destinations.State.DestinationDriver;

namespace Postfleet.Delivery.Tests.Destinations.State;

/// <summary>A destination in place of an earlier incarnation does not know which jobs the earlier incarnation has sent.</summary>
public sealed class IncarnationTests
{
    private static readonly QueueKey A = Queue("a.example");
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly DestinationState _state = new(new DestinationRules(), () => 0.5, incarnation: 7);

    [Theory]
    [InlineData(6)]
    [InlineData(Deliver.IfKnown)]
    public void Unknown_jobs_of_another_incarnation_are_returned(long incarnation)
    {
        _state.Accept(new Deliver(Target, A, [Job(1)]) { Incarnation = incarnation }, Now);
        Assert.Equal(AttemptResult.NotAttempted, Assert.Single(Reports()).Result);
        Assert.Equal(0, _state.Waiting);
    }

    // Another node may have the place by now, and be making the attempt.
    [Theory]
    [InlineData(6)]
    [InlineData(Deliver.IfKnown)]
    public void An_unknown_job_is_not_returned_while_the_node_recovers_from_a_stall(long incarnation)
    {
        _state.Accept(new Deliver(Target, A, [Job(1)]) { Incarnation = 7 }, Now, isInDoubt: true);
        Assert.Equal(1, _state.Waiting);
        _state.Accept(new Deliver(Target, A, [Job(1), Job(2)]) { Incarnation = incarnation }, Now, isInDoubt: true);
        Assert.Empty(Reports());
        _state.Accept(new Deliver(Target, A, [Job(2)]) { Incarnation = incarnation }, Now);
        Assert.Equal((AttemptResult.NotAttempted, Job(2).Message), Reports().Select(report => (report.Result, report.Message)).Single());
    }

    [Theory]
    [InlineData(7)]
    [InlineData(0)]
    public void Jobs_of_this_incarnation_or_of_none_are_accepted(long incarnation)
    {
        _state.Accept(new Deliver(Target, A, [Job(1)]) { Incarnation = incarnation }, Now);
        Assert.Equal(1, _state.Waiting);
        Assert.Empty(Reports());
    }

    [Fact]
    public void A_known_job_is_answered_with_any_incarnation()
    {
        _state.Accept(new Deliver(Target, A, [Job(1)]) { Incarnation = 7 }, Now);
        _state.Accept(new Deliver(Target, A, [Job(1)]) { Incarnation = Deliver.IfKnown }, Now);
        Assert.Equal(1, _state.Waiting);
        Assert.Empty(Reports());
    }

    private IEnumerable<JobOutcome> Reports() => _state.Decide(Now).OfType<DestinationEffect.Report>().SelectMany(report => report.Jobs);

    private static DeliveryJob Job(ulong number) => new(MessageId.FromHalves(1, number), 1, RecipientSet.All(1));
}
