using Akka.Actor;
using Akka.Event;
using Postfleet.QueueActors.State;

namespace Postfleet.QueueActors;

/// <summary>Sets the timers of queues.</summary>
internal static class QueueTimers
{
    // What a timer can do.
    private static readonly TimeSpan ShortestWait = TimeSpan.FromMilliseconds(1);

    /// <summary>Has a timer come to the actor as <see cref="TimerDue"/>.</summary>
    public static void Set(IActorContext context, TimeProvider time, QueueTimer timer, TimeSpan after)
    {
        if (timer == QueueTimer.Round)
        {
            // Not by the scheduler of the actors: its ticks are longer than the time in question.
            var wait = after < ShortestWait ? ShortestWait : after;
            Task.Delay(wait, time).PipeTo(context.Self, success: () => TimerDue.Of(QueueTimer.Round));
            return;
        }

        // By the scheduler itself and for good: an actor's own timers hold half a kilobyte in each of a hundred thousand queues that sleep.
        // What comes to a queue that has stopped is dropped, and of each kind at most a few are ever under way.
#pragma warning disable AK1004
        context.System.Scheduler.ScheduleTellOnce(after, context.Self, TimerDue.Of(timer), context.Self);
#pragma warning restore AK1004
    }
}

/// <summary>A queue's timer has come. It may come when the queue has stopped: nobody misses it.</summary>
internal sealed class TimerDue : INotInfluenceReceiveTimeout, INoSerializationVerificationNeeded, IDeadLetterSuppression
{
    private static readonly TimerDue[] All = [.. Enum.GetValues<QueueTimer>().Select(timer => new TimerDue(timer))];

    private TimerDue(QueueTimer timer) => Timer = timer;

    /// <summary>Which one.</summary>
    public QueueTimer Timer { get; }

    /// <summary>The message of a timer, which all queues share.</summary>
    public static TimerDue Of(QueueTimer timer) => All[(int)timer];
}
