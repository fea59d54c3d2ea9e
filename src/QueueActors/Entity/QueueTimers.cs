using Akka.Actor;
using Akka.Event;
using Postfleet.QueueActors.State;

namespace Postfleet.QueueActors.Entity;

/// <summary>Sets the timers of queues.</summary>
internal static class QueueTimers
{
    // The resolution of a timer.
    private static readonly TimeSpan ShortestWait = TimeSpan.FromMilliseconds(1);

    /// <summary>Schedules a <see cref="TimerDue"/> to the actor.</summary>
    public static void Set(IActorContext context, TimeProvider time, QueueTimer timer, TimeSpan after)
    {
        if (timer == QueueTimer.Batch)
        {
            // The tick of the actor system's scheduler is longer than this wait.
            var wait = after < ShortestWait ? ShortestWait : after;
            Task.Delay(wait, time).PipeTo(context.Self, success: () => TimerDue.Of(QueueTimer.Batch));
            return;
        }

        // The scheduler is used directly and never cancelled: the actor's own timers would use half a kilobyte in each of a hundred
        // thousand sleeping queues. A timer of a stopped queue is dropped, and few of each kind are ever pending.
#pragma warning disable AK1004
        context.System.Scheduler.ScheduleTellOnce(after, context.Self, TimerDue.Of(timer), context.Self);
#pragma warning restore AK1004
    }
}

/// <summary>A timer of a queue has fired. It may arrive after the queue has stopped, which has no effect.</summary>
internal sealed class TimerDue : INotInfluenceReceiveTimeout, INoSerializationVerificationNeeded, IDeadLetterSuppression
{
    private static readonly TimerDue[] All = [.. Enum.GetValues<QueueTimer>().Select(timer => new TimerDue(timer))];

    private TimerDue(QueueTimer timer) => Timer = timer;

    /// <summary>The fired timer.</summary>
    public QueueTimer Timer { get; }

    /// <summary>The message of a timer, shared by all queues.</summary>
    public static TimerDue Of(QueueTimer timer) => All[(int)timer];
}
