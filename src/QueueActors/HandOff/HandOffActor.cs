using Akka.Actor;
using Akka.Event;
using Microsoft.Extensions.Logging;
using Postfleet.QueueActors.Common;
using Postfleet.QueueActors.Messages;

namespace Postfleet.QueueActors.HandOff;

/// <summary>
/// Hands the parts of this node to their queues. It receives, sends and sets timers as <see cref="HandOffLifecycle"/> says. One for each
/// actor system of the process.
/// </summary>
internal sealed class HandOffActor : UntypedActor, IWithTimers
{
    private readonly HandOffClient _client;
    private readonly Func<IActorRef> _queues;
    private readonly Func<bool> _reachesQueues;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly HandOffState _state;
    private readonly HandOffLifecycle _lifecycle;
    private readonly List<HandOffOutput> _outputs = [];
    private HandOffCounts _reported;
    private int _counted;
    private IActorRef _waiting = ActorRefs.Nobody;

    /// <param name="client">Where the sessions of this node leave their parts.</param>
    /// <param name="queues">The region of the queues.</param>
    /// <param name="reachesQueues">Whether any queue node can be reached.</param>
    /// <param name="time">The node's steady clock.</param>
    /// <param name="random">Random numbers from 0 to 1.</param>
    /// <param name="logger">The log.</param>
    public HandOffActor(
        HandOffClient client, Func<IActorRef> queues, Func<bool> reachesQueues, TimeProvider time, Func<double> random, ILogger logger)
    {
        (_client, _queues, _reachesQueues, _time, _logger) = (client, queues, reachesQueues, time, logger);
        _state = new HandOffState(HandOffLifecycle.Window, HandOffLifecycle.GiveUpAfter, random);
        _lifecycle = new HandOffLifecycle(_state);
    }

    public ITimerScheduler Timers { get; set; } = null!;

    private DateTimeOffset Now => _time.GetUtcNow();

    protected override void PreStart() => Handle(HandOffInput.Started(_client.TakeLeft()), Now);

    // The process may make another actor system, when the cluster has given this node up.
    protected override void PostStop()
    {
        Handle(HandOffInput.Stopping, Now);
        Count(0);
    }

    // Nothing is left to the next actor after a failure: the cause may be among the parts. The sweeper finds them.
    protected override void PreRestart(Exception reason, object message) => Count(0);

    protected override void OnReceive(object message)
    {
        var now = Now;
        switch (message)
        {
            case HandOffClient.PartsOffered:
                while (_lifecycle.AcceptsMore && _client.TryTake(out var part)) _lifecycle.Offer(part, now);
                Handle(HandOffInput.TurnEnded(_reachesQueues()), now);
                break;
            case Enqueued m: Handle(HandOffInput.Acknowledged(m), now); break;
            case TimerFired m: Handle(HandOffInput.Due(m.Timer, _reachesQueues()), now); break;
            case WaitForEmpty:
                _waiting = Sender;
                Handle(HandOffInput.EmptyAwaited, now);
                break;
            default: Unhandled(message); break;
        }
    }

    private void Handle(HandOffInput input, DateTimeOffset now)
    {
        try
        {
            _lifecycle.Handle(input, now, _outputs);
            foreach (var output in _outputs) Do(output);
        }
        finally
        {
            _outputs.Clear();
        }

        Count(_state.Count);
    }

    private void Count(int unacknowledged)
    {
        QueueMetrics.UnacknowledgedChanged(unacknowledged - _counted);
        _counted = unacknowledged;
    }

    private void Do(in HandOffOutput output)
    {
        switch (output.Kind)
        {
            case HandOffOutputKind.TakeMore: Self.Tell(HandOffClient.PartsOffered.Instance); break;
            case HandOffOutputKind.SendSoon: Self.Tell(TimerFired.Due); break;
            case HandOffOutputKind.Send: _queues().Tell(output.Offer, Self); break;
            case HandOffOutputKind.SetTimer:
                var fired = output.Timer == HandOffTimer.Due ? TimerFired.Due : TimerFired.Look;
                Timers.StartSingleTimer(fired, fired, output.After);
                break;
            case HandOffOutputKind.OpenGate: _client.Gate.IsClosed = false; break;
            case HandOffOutputKind.CloseGate: _client.Gate.IsClosed = true; break;
            case HandOffOutputKind.LogBehind: _logger.QueuesBehind(_state.Count); break;
            case HandOffOutputKind.Publish: QueueMetrics.HandedOff(_reported, _reported = _state.Counts); break;
            case HandOffOutputKind.ReportEmpty: _waiting.Tell(Empty.Instance); break;
            case HandOffOutputKind.Leave: _client.Leave(output.Left); break;
            default: throw new InvalidOperationException($"unknown hand-off output {output.Kind}");
        }
    }

    /// <summary>Asks for <see cref="Empty"/>, when queues have acknowledged all earlier parts.</summary>
    internal sealed class WaitForEmpty : INoSerializationVerificationNeeded
    {
        public static readonly WaitForEmpty Instance = new();
    }

    /// <summary>No part is unacknowledged.</summary>
    internal sealed class Empty : INoSerializationVerificationNeeded
    {
        public static readonly Empty Instance = new();
    }

    private sealed record TimerFired(HandOffTimer Timer) : INoSerializationVerificationNeeded, IDeadLetterSuppression
    {
        public static readonly TimerFired Due = new(HandOffTimer.Due);

        public static readonly TimerFired Look = new(HandOffTimer.Look);
    }
}
