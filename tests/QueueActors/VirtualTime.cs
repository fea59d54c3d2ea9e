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

    /// <summary>A timer that fires when the test advances the time. It fires once.</summary>
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new VirtualTimer(scheduler, () => callback(state));
        timer.Change(dueTime, period);
        return timer;
    }

    public void Advance(TimeSpan time) => scheduler.Advance(time);

    /// <summary>Waits until an actor has processed its messages, so that the timers which they set are set.</summary>
    public static Task SyncAsync(IActorRef actor) =>
        actor.Ask<ActorIdentity>(new Identify(null), CancellationToken.None).WaitAsync(TimeSpan.FromSeconds(10));

    private sealed class VirtualTimer(TestScheduler scheduler, Action fire) : ITimer
    {
        private ICancelable? _pending;

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            if (period != Timeout.InfiniteTimeSpan) throw new NotSupportedException("the timer fires once");
            Dispose();
            if (dueTime != Timeout.InfiniteTimeSpan) _pending = scheduler.Advanced.ScheduleOnceCancelable(dueTime, fire);
            return true;
        }

        public void Dispose() => _pending?.Cancel();

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
