using Akka.Actor;
using Akka.Cluster.Sharding;
using Postfleet.Contracts.Messages;
using Postfleet.Contracts.Stats;
using Postfleet.Core.Queueing;
using Postfleet.Core.Units;
using Postfleet.Delivery.Common;
using Postfleet.Delivery.Destinations.State;
using Postfleet.Delivery.Routing;

namespace Postfleet.Delivery.Destinations;

/// <summary>What every destination of a node works with.</summary>
internal sealed record DestinationServices(
    DestinationRules Rules,
    ConnectionServices Connections,
    LocalDestinations Local,
    NodeStats Stats,
    Func<IActorRef> Queues,
    TimeSpan Grace, Func<double> Random)
{
    /// <summary>
    /// How long an idle destination stays: what it knows of its site and of acknowledged attempts is worth some kilobytes.
    /// </summary>
    public TimeSpan IdleTimeout { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>A number for a destination that starts, unlike that of any other: positive.</summary>
    public Func<long> Incarnation { get; init; } = () => System.Random.Shared.NextInt64(1, long.MaxValue);

    /// <summary>
    /// How long a destination stays after its attempts were cut off: for the outcomes of those that were past their final dot.
    /// </summary>
    public TimeSpan LastWords { get; init; } = TimeSpan.FromSeconds(4);

    /// <summary>
    /// How long attempts may take while a shard moves. Sharding ends entities 5 seconds before its time for that, the grace, is over; the
    /// last words come before that.
    /// </summary>
    public TimeSpan MoveGrace => TimeSpan.FromSeconds(Math.Max(Grace.TotalSeconds - 10, Grace.TotalSeconds / 2));
}

/// <summary>
/// The entity of one destination: owns the connections to its site and shares them out. Runs <see cref="DestinationState"/>; in memory,
/// since whatever is lost here is sent again by the queues.
/// </summary>
/// <remarks>
/// <code>
/// serving --nothing to do for a while--> passivating --StopDestination--> stopped
/// serving --Drain (the node stops)--> draining: takes no job, ends what runs, closes its connections --StopDestination--> stopped when
/// drained serving --StopDestination (its shard moves)--> draining and leaving --drained--> stopped
/// draining --grace over--> cut off: attempts before their final dot are given up --drained, or a moment later--> stopped,
///     with whatever connection it still has
/// </code>
/// </remarks>
internal sealed class DestinationActor : UntypedActor, IWithTimers
{
    private readonly DestinationId _id;
    private readonly DestinationServices _services;
    private readonly DestinationState _state;
    private readonly long _incarnation;
    private readonly DestinationCounts _limits;
    private readonly Dictionary<int, ConnectionLoop> _connections = [];
    private readonly CancellationTokenSource _stopped = new();
    private readonly CancellationTokenSource _abandoned = new();
    private DateTimeOffset? _wakeAt;
    private bool _isPumping;
    private bool _isDraining;
    private bool _isLeaving;
    private bool _isCutOff;
    private int _cutOff;

    public DestinationActor(DestinationId id, DestinationServices services)
    {
        (_id, _services) = (id, services);
        // A rate is what a remote site can bear: mail that leaves over no network is not held up for it.
        var rules = SiteNames.IsLocal(id) ? services.Rules with { MaxRate = Rate.None } : services.Rules;
        _incarnation = services.Incarnation();
        _state = new DestinationState(rules, services.Random, _incarnation);
        _limits = new DestinationCounts { MaxConnections = rules.MaxConnections, MaxRate = rules.MaxRate.ToString() };
    }

    public ITimerScheduler Timers { get; set; } = null!;

    // What was cut off has nobody who would acknowledge it.
    private bool IsDrained => _state.IsDrained || (_isCutOff && _state.Connections == 0 && _state.Unacknowledged == _cutOff);

    private DateTimeOffset Now => _services.Connections.Time.GetUtcNow();

    protected override void PreStart()
    {
        // One that is woken while the node stops begins with its end.
        if (_services.Local.Add(Self)) Self.Tell(Drain.Instance);
    }

    protected override void PostStop()
    {
        _services.Local.Remove(Self);
        _services.Stats.Remove(_id);
        // When this actor is seen to be gone another node's may open as many connections as the site takes.
        foreach (var connection in _connections.Values) connection.Close();
        _stopped.Cancel();
        _abandoned.Cancel();
        _stopped.Dispose();
        _abandoned.Dispose();
    }

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case RequestCredit m: _state.Ask(m, Now); break;
            case Deliver m: _state.Take(m, Now, _services.Connections.Stalls.Mark(), _services.Connections.Stalls.IsRecovering); break;
            case OutcomesAcknowledged m: _state.Acknowledge(m, Now); break;
            // A loop that an earlier incarnation of this actor left behind speaks of connections that this one does not have.
            case Said m: if (_connections.GetValueOrDefault(m.Event.Id) == m.Loop) Hear(m.Event); break;
            case Drain: BeginDraining(); break;
            case StopDestination: Leave(); break;
            case Pump: Run(); return;
            case WakeUp: _wakeAt = null; break;
            case Idle: if (!_isDraining) Context.Parent.Tell(new Passivate(StopDestination.Instance)); return;
            case GraceOver: CutOff(); break;
            case LastWords: Context.Stop(Self); return;
            default: Unhandled(message); return;
        }

        // What is in the mailbox by now is decided together: queues get fewer and larger messages.
        if (_isPumping) return;
        _isPumping = true;
        Self.Tell(Pump.Instance);
    }

    private void Hear(ConnectionEvent said)
    {
        switch (said)
        {
            case ConnectionEvent.Opened e: _state.Opened(e.Id, Now); break;
            case ConnectionEvent.Failed e: _connections.Remove(e.Id); _state.NotOpened(e.Id, e.Reply, Now); break;
            case ConnectionEvent.Ended e:
                if (_isCutOff && e.Outcome is { Result: AttemptResult.NotAttempted }) _cutOff++;
                _state.Ended(e.Id, e.Outcome, e.Transactions, e.IsUsable, Now);
                break;
            case ConnectionEvent.Closed e: _connections.Remove(e.Id); _state.Closed(e.Id, Now); break;
            default: throw new InvalidOperationException($"unknown connection event {said.GetType().Name}");
        }
    }

    private void Run()
    {
        _isPumping = false;
        foreach (var effect in _state.Pump(Now)) Run(effect);
        _services.Stats.Publish(_id, Counts());
        SetTimers();
        if (!_isDraining || !IsDrained) return;
        _services.Local.Drained(Self);
        if (_isLeaving) Context.Stop(Self);
    }

    private void Run(DestinationEffect effect)
    {
        switch (effect)
        {
            case DestinationEffect.Grant e:
                _services.Queues().Tell(new CreditGranted(e.Queue, _id, e.Credits) { Incarnation = _incarnation }, Self); break;
            case DestinationEffect.Report e:
                foreach (var outcomes in OutcomePacking.Pack(e.Queue, _id, Told(e.Jobs))) _services.Queues().Tell(outcomes, Self);
                break;
            case DestinationEffect.Refuse e: _services.Queues().Tell(new SiteUnavailable(e.Queue, _id, e.RetryAfter, e.Reply), Self); break;
            case DestinationEffect.Send e: _connections[e.Connection].Send(e.Job); break;
            case DestinationEffect.Open e: Open(e.Connection, e.Target); break;
            case DestinationEffect.Close e: _connections[e.Connection].Close(); break;
            case DestinationEffect.SiteCameUp: _services.Connections.Logger.SiteUp(_id.Value); break;
            case DestinationEffect.SiteWentDown e: _services.Connections.Logger.SiteDown(_id.Value, e.Pause, e.Reply.ToString()); break;
            default: throw new InvalidOperationException($"unknown destination effect {effect.GetType().Name}");
        }
    }

    private void Open(int id, DeliveryTarget target)
    {
        var self = Self;
        ConnectionLoop loop = null!;
        loop = new ConnectionLoop(id, target, _services.Connections, e => self.Tell(new Said(loop, e), ActorRefs.NoSender));
        _connections.Add(id, loop);
        var (stopped, abandoned) = (_stopped.Token, _abandoned.Token);
        _ = Task.Run(() => loop.RunAsync(stopped, abandoned), CancellationToken.None);
    }

    private void BeginDraining()
    {
        if (_isDraining) return;
        _isDraining = true;
        _state.Stop();
    }

    private void Leave()
    {
        if (_isLeaving) return;
        BeginDraining();
        _isLeaving = true;
        Timers.StartSingleTimer(GraceOver.Instance, GraceOver.Instance, _services.MoveGrace);
    }

    // Ends what is not past its final dot before this actor's place is free for another node's; what is past it may still hear its reply.
    private void CutOff()
    {
        if (_isCutOff) return;
        _isCutOff = true;
        _isLeaving = true;
        BeginDraining();
        _stopped.Cancel();
        Timers.StartSingleTimer(LastWords.Instance, LastWords.Instance, _services.LastWords);
    }

    // What was cut off is not reported: it is sent again under the same number when this actor is seen to be gone. A report that came after
    // that would end the attempt that the next owner is making, and begin a second one beside it.
    private IReadOnlyList<JobOutcome> Told(IReadOnlyList<JobOutcome> jobs) =>
        _isCutOff ? [.. jobs.Where(job => job.Result != AttemptResult.NotAttempted)] : jobs;

    private void SetTimers()
    {
        var now = Now;
        if (_state.NextWake(now) is { } wake && !(_wakeAt <= wake))
        {
            _wakeAt = wake;
            Timers.StartSingleTimer(WakeUp.Instance, WakeUp.Instance, wake > now ? wake - now : TimeSpan.Zero);
        }

        if (!_state.IsIdle(now)) Timers.Cancel(Idle.Instance);
        else if (!Timers.IsTimerActive(Idle.Instance)) Timers.StartSingleTimer(Idle.Instance, Idle.Instance, _services.IdleTimeout);
    }

    private DestinationCounts Counts() => _limits with
    {
        Queues = _state.Queues,
        Waiting = _state.Waiting,
        Running = _state.Running,
        Connections = _state.Connections,
        Granted = _state.Granted,
        Unacknowledged = _state.Unacknowledged,
        Tokens = _state.Tokens(Now),
        DownUntil = _state.SiteDownUntil > Now ? _state.SiteDownUntil : null,
        Reply = _state.SiteReply?.ToString(),
    };

    private abstract record Local : INoSerializationVerificationNeeded;

    private sealed record Said(ConnectionLoop Loop, ConnectionEvent Event) : Local;

    private sealed record Pump : Local
    {
        public static readonly Pump Instance = new();
    }

    private sealed record WakeUp : Local
    {
        public static readonly WakeUp Instance = new();
    }

    private sealed record LastWords : Local
    {
        public static readonly LastWords Instance = new();
    }

    private sealed record Idle : Local
    {
        public static readonly Idle Instance = new();
    }
}
