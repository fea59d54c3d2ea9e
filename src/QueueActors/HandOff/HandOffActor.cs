using Akka.Actor;
using Akka.Event;
using Microsoft.Extensions.Logging;
using Postfleet.Contracts.Messages;
using Postfleet.QueueActors.Common;

namespace Postfleet.QueueActors.HandOff;

/// <summary>Hands this node's parts to their queues: the shell around <see cref="HandOffState"/>. One a node.</summary>
internal sealed class HandOffActor : UntypedActor, IWithTimers
{
    /// <summary>Parts without acknowledgement that are kept in memory.</summary>
    public const int Window = 10_000;

    /// <summary>After this the sweeper, which sees the part by then, is the one to go on.</summary>
    public static readonly TimeSpan GiveUpAfter = TimeSpan.FromMinutes(2);

    /// <summary>
    /// With more parts than these on their way to queues, clients are held up (<see cref="HandOffGate"/>) until there are a quarter fewer.
    /// </summary>
    public const int Pressed = Window / 2;

    // So that acknowledgements, which make room in the window, come to their turn however fast parts arrive.
    private const int MaxPartsPerTurn = 2_000;

    private static readonly TimeSpan LookInterval = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan LogInterval = TimeSpan.FromMinutes(1);

    private readonly HandOffClient _client;
    private readonly Func<IActorRef> _queues;
    private readonly Func<bool> _reachesQueues;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly HandOffState _state;
    private readonly DateTimeOffset _started;
    private readonly long _startedAt;
    private HandOffCounts _reported;
    private long _wakeAt = long.MaxValue;
    private IActorRef? _waiting;
    private DateTimeOffset? _closedAt;

    /// <param name="client">Where this node's sessions leave their parts.</param>
    /// <param name="queues">The way to the queues.</param>
    /// <param name="reachesQueues">
    /// Whether a queue node can be reached. While none can, nothing is sent: offers and their repeats would pile up in the region, and all
    /// of them would come over the first queue nodes that are back.
    /// </param>
    /// <param name="time">The clock.</param>
    /// <param name="random">From 0 to 1.</param>
    /// <param name="logger">The log.</param>
    public HandOffActor(
        HandOffClient client, Func<IActorRef> queues, Func<bool> reachesQueues, TimeProvider time, Func<double> random, ILogger logger)
    {
        (_client, _queues, _reachesQueues, _time, _logger) = (client, queues, reachesQueues, time, logger);
        (_started, _startedAt) = (time.GetUtcNow(), time.GetTimestamp());
        _state = new HandOffState(Window, GiveUpAfter, random);
    }

    public ITimerScheduler Timers { get; set; } = null!;

    private DateTimeOffset Now => _started + _time.GetElapsedTime(_startedAt);

    protected override void PreStart()
    {
        // One that failed may have left it closed.
        _client.Gate.IsClosed = false;
        foreach (var part in _client.TakeLeft()) _state.Offer(part, Now, isRepeat: true);
        if (_state.Count > 0) Self.Tell(SendAgain.Instance);
    }

    // A node that was given up makes a new actor system in the same process.
    protected override void PostStop()
    {
        _client.Gate.IsClosed = false;
        _client.Leave(_state.Pending());
    }

    // Not after a failure: what failed this one might be in there and fail the next one too. The sweeper finds the parts.
    protected override void PreRestart(Exception reason, object message)
    {
    }

    protected override void OnReceive(object message)
    {
        var now = Now;
        switch (message)
        {
            case HandOffClient.PartsOffered: Take(now); break;
            case Enqueued acknowledged:
                _state.Acknowledge(acknowledged, now);
                SetGate(_client.Gate.IsClosed, now);
                SayIfEmpty();
                return;
            case WaitForEmpty: _waiting = Sender; SayIfEmpty(); return;
            case SendAgain: _wakeAt = long.MaxValue; break;
            default: Unhandled(message); return;
        }

        if (!_reachesQueues())
        {
            SetGate(false, now);
            if (!Timers.IsTimerActive(nameof(_reachesQueues)))
                Timers.StartSingleTimer(nameof(_reachesQueues), SendAgain.Instance, LookInterval);
            return;
        }

        foreach (var enqueue in _state.TakeDue(now)) _queues().Tell(enqueue, Self);
        SetTimer(now);
        SetGate(true, now);
        QueueMetrics.HandedOff(_reported, _reported = _state.Counts);
    }

    // While no queue can be reached, nobody knows for how long, and mail is accepted all the same.
    private void SetGate(bool mayClose, DateTimeOffset now)
    {
        var gate = _client.Gate;
        var wasClosed = gate.IsClosed;
        gate.IsClosed = mayClose && _state.Fresh > (wasClosed ? Pressed * 3 / 4 : Pressed);
        if (!gate.IsClosed || wasClosed || now - _closedAt < LogInterval) return;
        _closedAt = now;
        _logger.QueuesBehind(_state.Count);
    }

    private void SayIfEmpty()
    {
        if (_waiting is null || _state.Count > 0) return;
        _waiting.Tell(Empty.Instance);
        _waiting = null;
    }

    private void Take(DateTimeOffset now)
    {
        for (var i = 0; i < MaxPartsPerTurn; i++)
        {
            if (!_client.TryTake(out var part)) return;
            _state.Offer(part, now);
        }

        Self.Tell(HandOffClient.PartsOffered.Instance);
    }

    // A part that was just sent is due again before one that has waited for long: the timer goes with the earliest.
    private void SetTimer(DateTimeOffset now)
    {
        if (_state.NextDue is not { } due || due >= _wakeAt) return;
        _wakeAt = due;
        var pause = TimeSpan.FromTicks(Math.Max(TimeSpan.TicksPerMillisecond, due - now.UtcTicks));
        Timers.StartSingleTimer(SendAgain.Instance, SendAgain.Instance, pause);
    }

    /// <summary>Asks to be told, by <see cref="Empty"/>, when queues have acknowledged all parts that came before.</summary>
    internal sealed class WaitForEmpty : INoSerializationVerificationNeeded
    {
        public static readonly WaitForEmpty Instance = new();
    }

    /// <summary>No part is unacknowledged.</summary>
    internal sealed class Empty : INoSerializationVerificationNeeded
    {
        public static readonly Empty Instance = new();
    }

    private sealed class SendAgain : INoSerializationVerificationNeeded, IDeadLetterSuppression
    {
        public static readonly SendAgain Instance = new();
    }
}
