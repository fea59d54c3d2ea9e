using Postfleet.Contracts.Messages;
using Postfleet.Core.Queueing;
using Postfleet.Delivery.Destinations.State;
using Xunit;
using static Postfleet.Delivery.Tests.Destinations.State.DestinationDriver;

namespace Postfleet.Delivery.Tests.Destinations.State;

/// <summary>Waiting jobs that their queue takes back, and copies of jobs that have ended.</summary>
public sealed class ReturnedJobsTests
{
    private static readonly QueueKey A = Queue("a.example");
    private static readonly QueueKey B = Queue("b.example");

    [Fact]
    public void A_queue_takes_back_the_jobs_that_wait_and_no_running_job()
    {
        var destination = new DestinationDriver(new DestinationRules { MaxConnections = 1 }).Up(A);
        var jobs = destination.NewJobs(3);
        destination.Deliver(A, jobs);
        var other = destination.NewJob();
        destination.Deliver(B, other);
        Assert.Equal(jobs[0].Message, Assert.Single(destination.RunningJobs).Value.Part.Message);
        destination.Do(() => destination.State.Return(new ReturnJobs(Target.Destination, A, [jobs[2].Message])));
        Assert.Equal(jobs[2].Message, Assert.Single(destination.Reported).Message);
        destination.Do(() => destination.State.Return(new ReturnJobs(Target.Destination, A, [])));
        Assert.Equal([jobs[2].Message, jobs[1].Message], destination.Reported.Select(outcome => outcome.Message));
        Assert.All(destination.Reported, outcome => Assert.Equal(AttemptResult.NotAttempted, outcome.Result));
        Assert.Equal(1, destination.State.Waiting);
        destination.End(destination.RunningJobs.Keys.Single());
        Assert.Equal(other.Message, Assert.Single(destination.RunningJobs).Value.Part.Message);
    }

    /// <summary>The database of the queue may have lost the outcome in a fail-over.</summary>
    [Fact]
    public void Copy_of_an_acknowledged_job_is_answered_once_and_not_sent()
    {
        var d = new DestinationDriver().Up(A);
        var job = d.NewJob();
        d.Deliver(A, job);
        d.End(1);
        d.Acknowledge(A, job);
        var reported = d.Reported.Count();
        d.Deliver(A, job);
        Assert.Single(d.Sends);
        Assert.Equal(reported + 1, d.Reported.Count());
        d.After(d.Rules.MaxResendAfter * 2);
        Assert.Equal(reported + 1, d.Reported.Count());
        Assert.Equal(0, d.State.Waiting);
    }
}
