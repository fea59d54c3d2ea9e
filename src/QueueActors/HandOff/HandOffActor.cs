using Akka.Actor;
using Postfleet.Core.Protocol.Messages;

namespace Postfleet.QueueActors.HandOff;

/// <summary>Hands this node's parts to their queues: the shell around <see cref="HandOffState"/>. One a node.</summary>
internal sealed class HandOffActor : UntypedActor, IWithTimers
{
    /// <summary>Parts without acknowledgement that are kept in memory.</summary>
    public const int Window = 10_000;

    /// <summary>After this the sweeper, which sees the part by then, is the one to go on.</summary>
    public static readonly TimeSpan GiveUpAfter = TimeSpan.FromMinutes(2);

    private readonly HandOffClient _client;
    private readonly Func<IActorRef> _queues;
    private readonly TimeProvider _time;
    private readonly HandOffState _state;
    private long _wakeAt = long.MaxValue;

    public HandOffActor(HandOffClient client, Func<IActorRef> queues, TimeProvider time, Func<double> random)
    {
        (_client, _queues, _time) = (client, queues, time);
        _state = new HandOffState(Window, GiveUpAfter, random);
    }

    public ITimerScheduler Timers { get; set; } = null!;

    protected override void OnReceive(object message)
    {
        var now = _time.GetUtcNow();
        switch (message)
        {
            case HandOffClient.PartsOffered: while (_client.TryTake(out var part)) _state.Offer(part, now); break;
            case Enqueued acknowledged: _state.Acknowledge(acknowledged); return;
            case SendAgain: _wakeAt = long.MaxValue; break;
            default: Unhandled(message); return;
        }

        foreach (var enqueue in _state.TakeDue(now)) _queues().Tell(enqueue, Self);
        // A new part is due again sooner than one that has waited for long: the timer that runs may be too late for it.
        if (_state.NextDue is { } due && due < _wakeAt)
        {
            _wakeAt = due;
            var pause = TimeSpan.FromTicks(Math.Max(TimeSpan.TicksPerMillisecond, due - now.UtcTicks));
            Timers.StartSingleTimer(SendAgain.Instance, SendAgain.Instance, pause);
        }
    }

    private sealed class SendAgain : INoSerializationVerificationNeeded
    {
        public static readonly SendAgain Instance = new();
    }
}
