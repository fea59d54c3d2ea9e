using Akka.Actor;
using Akka.TestKit;

namespace Postfleet.QueueActors.Tests;

/// <summary>The clock of a test's actor system and its timers; time passes when the test says so.</summary>
internal sealed class VirtualTime(TestScheduler scheduler) : TimeProvider
{
    /// <summary>Gives a system a clock that stands still.</summary>
    public const string Config = "akka.scheduler.implementation = \"Akka.TestKit.TestScheduler, Akka.TestKit\"\n";

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override DateTimeOffset GetUtcNow() => scheduler.Now + WallClockStep;

    public override long GetTimestamp() => scheduler.Now.UtcTicks;

    /// <summary>How far the wall clock has been set forward or back; timers and timestamps are unaffected.</summary>
    public TimeSpan WallClockStep { get; set; }

    public void Advance(TimeSpan time) => scheduler.Advance(time);

    /// <summary>Waits until an actor has processed its messages, so that the timers which they set are set.</summary>
    public static Task SyncAsync(IActorRef actor) =>
        actor.Ask<ActorIdentity>(new Identify(null), CancellationToken.None).WaitAsync(TimeSpan.FromSeconds(10));
}
