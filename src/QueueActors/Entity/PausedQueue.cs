using Akka.Actor;
using Akka.Event;

namespace Postfleet.QueueActors.Entity;

/// <summary>
/// Replaces a queue after a failed recovery, until its pause is over. Then it stops, and the shard starts the queue again. It drops all
/// messages: their senders repeat them.
/// </summary>
internal sealed class PausedQueue(TimeSpan pause) : UntypedActor, IWithTimers
{
    public ITimerScheduler Timers { get; set; } = null!;

    protected override void PreStart() => Timers.StartSingleTimer(Over.Instance, Over.Instance, pause);

    protected override void OnReceive(object message)
    {
        if (message is Over or StopQueue) Context.Stop(Self);
    }

    private sealed class Over : INoSerializationVerificationNeeded, IDeadLetterSuppression
    {
        public static readonly Over Instance = new();
    }
}
