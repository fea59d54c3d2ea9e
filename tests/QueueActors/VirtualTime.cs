using Akka.Actor;
using Akka.TestKit;

namespace Postfleet.QueueActors.Tests;

/// <summary>The clock of a test's actor system, which its timers go by: time passes when the test says so.</summary>
internal sealed class VirtualTime(TestScheduler scheduler) : TimeProvider
{
    /// <summary>Gives a system a clock that stands still.</summary>
    public const string Config = "akka.scheduler.implementation = \"Akka.TestKit.TestScheduler, Akka.TestKit\"\n";

    public override DateTimeOffset GetUtcNow() => scheduler.Now;

    public void Advance(TimeSpan time) => scheduler.Advance(time);

    /// <summary>Waits until an actor has worked off what it has been sent, so that the timers it set are set.</summary>
    public static Task SyncAsync(IActorRef actor) => actor.Ask<ActorIdentity>(new Identify(null), CancellationToken.None).WaitAsync(TimeSpan.FromSeconds(10));
}
