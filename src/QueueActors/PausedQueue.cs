using Akka.Actor;
using Akka.Event;

namespace Postfleet.QueueActors;

/// <summary>
/// Stands in for a queue that could not be read from the journal, until its pause is over; then it ends, and its shard starts the queue
/// again. It takes nothing: whoever sent something sends it again.
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
