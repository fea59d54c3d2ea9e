using Akka.Actor;
using Akka.Cluster.Sharding;
using Postfleet.Core.Protocol.Messages;
using Postfleet.Core.Queueing;

namespace Postfleet.Delivery.Destinations;

/// <summary>What every destination of a node works with.</summary>
internal sealed record DestinationServices(
    DestinationRules Rules,
    ConnectionServices Connections,
    LocalDestinations Local,
    Func<IActorRef> Queues,
    TimeSpan Grace,
    Func<double> Random);

/// <summary>
/// The entity of one destination: owns the connections to its site and shares them out. Runs <see cref="DestinationState"/>; in memory, since whatever is lost here
/// is sent again by the queues.
/// </summary>
/// <remarks>
/// <code>
/// serving --nothing to do for a while--> passivating --StopDestination--> stopped
/// serving --Drain (the node stops)--> draining: takes no job, ends what runs --StopDestination--> stopped when drained, or when the grace ends
/// serving --StopDestination (its shard moves)--> draining and leaving --drained, or grace over--> stopped
/// </code>
/// </remarks>
internal sealed class DestinationActor : UntypedActor, IWithTimers
{
    private static readonly TimeSpan TickEvery = TimeSpan.FromSeconds(1);

    /// <summary>How long an idle destination stays: its memory of dead hosts and of acknowledged attempts is worth some kilobytes.</summary>
    private static readonly TimeSpan IdleTimeout = TimeSpan.FromMinutes(2);

    private readonly DestinationId _id;
    private readonly DestinationServices _services;
    private readonly DestinationState _state;
    private readonly Dictionary<int, ConnectionLoop> _connections = [];
    private readonly CancellationTokenSource _stopped = new();
    private DeliveryTarget? _target;
    private DateTimeOffset _idleSince;
    private bool _isFlushing;
    private bool _isDraining;
    private bool _isLeaving;

    public DestinationActor(DestinationId id, DestinationServices services)
    {
        (_id, _services) = (id, services);
        _state = new DestinationState(services.Rules, services.Random);
        _idleSince = Now;
    }

    public ITimerScheduler Timers { get; set; } = null!;

    private DateTimeOffset Now => _services.Connections.Time.GetUtcNow();

    protected override void PreStart()
    {
        Timers.StartPeriodicTimer(Tick.Instance, Tick.Instance, TickEvery);
        // One that is woken while the node stops begins with its end.
        if (_services.Local.Add(Self)) Self.Tell(Drain.Instance);
    }

    protected override void PostStop()
    {
        _services.Local.Remove(Self);
        foreach (var connection in _connections.Values) connection.Close();
        _stopped.Cancel();
        _stopped.Dispose();
    }

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case RequestCredit m: _target = m.Target; _state.Request(m.Queue, m.Jobs, Now); break;
            case Deliver m: _target = m.Target; _state.Deliver(m.Queue, m.Jobs, Now); break;
            case OutcomesAcknowledged m: _state.Acknowledge(m.Queue, m.Attempts, Now); break;
            case ConnectionEvent.Opened m: _state.ConnectionOpened(m.Id, Now); break;
            case ConnectionEvent.Failed m: _connections.Remove(m.Id); _state.ConnectionFailed(m.Id, m.Reply, Now); break;
            case ConnectionEvent.Ended m: _state.JobEnded(m.Id, m.Outcome, m.IsUsable, Now); break;
            case Flush: _isFlushing = false; _state.Flush(Now); break;
            case Tick: _state.Tick(Now); Passivate(); break;
            case Drain: BeginDraining(); break;
            case StopDestination: Leave(); break;
            case GraceOver: Context.Stop(Self); return;
            default: Unhandled(message); return;
        }

        RunEffects();
        if (!_isDraining || !_state.IsDrained) return;
        _services.Local.Drained(Self);
        if (_isLeaving) Context.Stop(Self);
    }

    private void RunEffects()
    {
        foreach (var effect in _state.Effects) Run(effect);
        _state.Effects.Clear();
        // What ends while this message travels through the mailbox goes with the same report.
        if (!_state.HasReports || _isFlushing) return;
        _isFlushing = true;
        Self.Tell(Flush.Instance);
    }

    private void Run(DestinationEffect effect)
    {
        switch (effect)
        {
            case DestinationEffect.Grant e: _services.Queues().Tell(new CreditGranted(e.Queue, _id, e.Credits), Self); break;
            case DestinationEffect.Report e:
                foreach (var outcomes in OutcomePacking.Pack(e.Queue, _id, e.Jobs)) _services.Queues().Tell(outcomes, Self);
                break;
            case DestinationEffect.Unavailable e: _services.Queues().Tell(new SiteUnavailable(e.Queue, _id, e.RetryAfter, e.Reply), Self); break;
            case DestinationEffect.Send e: _connections[e.Connection].TrySend(e.Job); break;
            case DestinationEffect.Open e: Open(e.Connection); break;
            case DestinationEffect.Close e: if (_connections.Remove(e.Connection, out var connection)) connection.Close(); break;
            case DestinationEffect.SiteChanged { IsUp: true }: _services.Connections.Logger.SiteUp(_id.Value); break;
            case DestinationEffect.SiteChanged e: _services.Connections.Logger.SiteDown(_id.Value, e.RetryAfter, e.Reply!.ToString()); break;
            default: throw new InvalidOperationException($"unknown destination effect {effect.GetType().Name}");
        }
    }

    private void Open(int id)
    {
        var self = Self;
        var loop = new ConnectionLoop(id, _target!, _services.Connections, e => self.Tell(e, ActorRefs.NoSender));
        _connections.Add(id, loop);
        var run = Task.Run(() => loop.RunAsync(_stopped.Token));
        run.ContinueWith(
            failed => _services.Connections.Logger.Crashed(failed.Exception!, default, default),
            CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
    }

    private void BeginDraining()
    {
        if (_isDraining) return;
        _isDraining = true;
        _state.Stop(Now);
    }

    private void Leave()
    {
        if (_isLeaving) return;
        BeginDraining();
        _isLeaving = true;
        Timers.StartSingleTimer(GraceOver.Instance, GraceOver.Instance, _services.Grace);
    }

    private void Passivate()
    {
        if (!_state.IsIdle) _idleSince = Now;
        else if (!_isDraining && Now - _idleSince >= IdleTimeout) Context.Parent.Tell(new Passivate(StopDestination.Instance));
    }

    private sealed class Flush : INoSerializationVerificationNeeded
    {
        public static readonly Flush Instance = new();
    }

    private sealed class Tick : INoSerializationVerificationNeeded
    {
        public static readonly Tick Instance = new();
    }

    private sealed class GraceOver : INoSerializationVerificationNeeded
    {
        public static readonly GraceOver Instance = new();
    }
}
