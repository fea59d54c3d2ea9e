using Akka.Actor;
using Akka.Cluster.Sharding;
using Postfleet.Contracts.Budgets;
using Postfleet.Contracts.Messages;
using Postfleet.Contracts.Stats;
using Postfleet.Core.Queueing;
using Postfleet.Delivery.Common;
using Postfleet.Delivery.Destinations.State;
using Postfleet.Delivery.Routing;
using Postfleet.Delivery.Shaping;

namespace Postfleet.Delivery.Destinations;

/// <summary>
/// The entity of one destination, which owns all connections to its site. It sends messages, sets timers and runs connections as
/// <see cref="DestinationLifecycle"/> says. Its state is in memory only: queues send lost jobs and requests again.
/// </summary>
internal sealed class DestinationActor : UntypedActor, IWithTimers
{
    // One list for each thread, which handles one message at a time, instead of one for each destination.
    [ThreadStatic]
    private static List<DestinationOutput>? _outputs;

    private readonly DestinationId _id;
    private readonly DestinationServices _services;
    private readonly DestinationState _state;
    private readonly DestinationLifecycle _lifecycle;
    private readonly long _incarnation;
    private DestinationRules _rules;
    private ShapingTable _shaping;
    private DestinationShape _shape;
    private volatile DestinationRules _shaped;
    private IReadOnlyList<TargetHost> _hosts = [];
    private DestinationCounts _limits;
    private readonly Dictionary<int, ConnectionLoop> _connections = [];
    private readonly CancellationTokenSource _stopped = new();
    private readonly CancellationTokenSource _abandoned = new();

    public DestinationActor(DestinationId id, DestinationServices services)
    {
        (_id, _services) = (id, services);
        (_rules, _shaping) = (services.Rules.Value, services.Shaping.Value);
        // The first message tells the hosts, which a long name does not have.
        _shape = _shaping.Of(_id, ShapingTable.HostsOf(_id));
        _shaped = DestinationLimits.RulesOf(_id, _rules, _shape);
        _incarnation = services.Incarnation();
        _state = new DestinationState(
            _shaped, services.Random, _incarnation,
            services.Budgets is { } budgets ? limit => new StoredUnits(budgets, id, limit) : null);
        _lifecycle = new DestinationLifecycle(_state, services.Times);
        _limits = DestinationCounting.Limits(_shaped, _shape);
    }

    public ITimerScheduler Timers { get; set; } = null!;

    private DateTimeOffset Now => _services.Connections.Time.GetUtcNow();

    protected override void PreStart()
    {
        // A destination started during the stop of the node drains at once.
        if (_services.Local.Add(Self)) Self.Tell(Drain.Instance);
        // A reload before this call does not know this destination.
        UseNewRules();
        if (_services.States is not { } states || SiteNames.IsLocal(_id)) return;
        _state.AwaitState();
        _ = states.ReadAsync(_id).PipeTo(Self, ActorRefs.NoSender, rows => new StateRead(rows), _ => new StateRead([]));
    }

    protected override void PostStop()
    {
        _services.Local.Remove(Self);
        _services.Stats.Remove(_id);
        // Once this actor is seen to be gone, another node may open as many connections as the site takes.
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
            case RequestCredit m:
                Learn(m.Target);
                Handle(DestinationInput.Received(m));
                break;
            case Deliver m:
                Learn(m.Target);
                Handle(DestinationInput.Received(m, _services.Connections.Stalls.Mark(), _services.Connections.Stalls.IsRecovering)); break;
            case DescribeDestination: Sender.Tell(DestinationCounting.Describe(_id, _state, _connections)); break;
            case IDestinationMessage m: Handle(DestinationInput.Received(m)); break;
            case ConnectionReport m: Handle(m); break;
            case DecisionDue: Handle(DestinationInput.Decide); break;
            case StateRead m: Handle(DestinationInput.Restored(m.Rows)); break;
            case TimerDue m: Handle(DestinationInput.Due(m.Timer)); break;
            case UnitsAnswered m: Handle(DestinationInput.Answered(m.Day, m.Answer)); break;
            case RulesChanged: UseNewRules(); break;
            case Drain: Handle(DestinationInput.Drain); break;
            case GraceOver: Handle(DestinationInput.CutOff); break;
            case StopDestination: Handle(DestinationInput.Stop); break;
            default: Unhandled(message); break;
        }
    }

    private void UseNewRules()
    {
        if (ReferenceEquals(_rules, _services.Rules.Value) && ReferenceEquals(_shaping, _services.Shaping.Value)) return;
        (_rules, _shaping) = (_services.Rules.Value, _services.Shaping.Value);
        Shape();
    }

    private void Learn(DeliveryTarget target)
    {
        if (_hosts.Count > 0 || target.Hosts.Count == 0 || !SiteNames.Fits(target)) return;
        _hosts = target.Hosts;
        if (!_shaping.IsEmpty) Shape();
    }

    private void Shape()
    {
        _shape = _shaping.Of(_id, _hosts.Count > 0 ? _hosts : ShapingTable.HostsOf(_id));
        var rules = DestinationLimits.RulesOf(_id, _rules, _shape);
        if (rules == _shaped) return;
        _shaped = rules;
        _limits = DestinationCounting.Limits(rules, _shape);
        Handle(DestinationInput.Changed(rules));
    }

    private void Handle(ConnectionReport report)
    {
        // The loop may belong to an earlier incarnation of this actor, whose connections this incarnation does not have.
        if (_connections.GetValueOrDefault(report.Event.Id) != report.Loop) return;
        if (report.Event is ConnectionEvent.Failed or ConnectionEvent.Closed) _connections.Remove(report.Event.Id);
        Handle(DestinationInput.Reported(report.Event));
    }

    private void Handle(DestinationInput input)
    {
        var outputs = _outputs ??= [];
        try
        {
            _lifecycle.Handle(input, Now, outputs);
            foreach (var output in outputs) Do(output);
        }
        finally
        {
            outputs.Clear();
        }
    }

    private void Do(in DestinationOutput output)
    {
        switch (output.Kind)
        {
            case DestinationOutputKind.DecideSoon: Self.Tell(DecisionDue.Instance); break;
            case DestinationOutputKind.Run: Run(output.Effect!); break;
            case DestinationOutputKind.Publish: _services.Stats.Publish(_id, DestinationCounting.Count(_limits, _state, Now)); break;
            case DestinationOutputKind.SetTimer: SetTimer(TimerDue.Of(output.Timer), output.After); break;
            case DestinationOutputKind.CancelTimer: Timers.Cancel(TimerDue.Of(output.Timer)); break;
            case DestinationOutputKind.Passivate: Context.Parent.Tell(new Passivate(StopDestination.Instance)); break;
            case DestinationOutputKind.CutOff: _stopped.Cancel(); break;
            case DestinationOutputKind.Drained: _services.Local.Drained(Self); break;
            case DestinationOutputKind.Stop: Context.Stop(Self); break;
            default: throw new InvalidOperationException($"unknown destination output {output.Kind}");
        }
    }

    private void Run(DestinationEffect effect)
    {
        switch (effect)
        {
            case DestinationEffect.Grant e:
                ToQueue(new CreditGranted(e.Queue, _id, e.Credits) { Incarnation = _incarnation }); break;
            case DestinationEffect.Report e: foreach (var packed in OutcomePacking.Pack(e.Queue, _id, e.Jobs)) ToQueue(packed); break;
            case DestinationEffect.Refuse e: ToQueue(new SiteUnavailable(e.Queue, _id, e.RetryAfter, e.Reply)); break;
            case DestinationEffect.Send e: _connections[e.Connection].Send(e.Job); break;
            case DestinationEffect.Open e: Open(e.Connection, e.Target); break;
            case DestinationEffect.Close e: _connections[e.Connection].Close(); break;
            case DestinationEffect.Shaped e: ShapingReports.Report(_id, e, _state.Shaping, _services); break;
            case DestinationEffect.TakeUnits e: _ = TakeAsync(e.Day, e.Units, Self); break;
            case DestinationEffect.SiteCameUp: _services.Connections.Logger.SiteUp(_id.Value); break;
            case DestinationEffect.SiteWentDown e: _services.Connections.Logger.SiteDown(_id.Value, e.Pause, e.Reply.ToString()); break;
            default: throw new InvalidOperationException($"unknown destination effect {effect.GetType().Name}");
        }
    }

    private async Task TakeAsync(DailyCap day, int units, IActorRef self) =>
        self.Tell(new UnitsAnswered(day, await TryAskAsync(day, units)), ActorRefs.NoSender);

    // Without an answer, the mail would wait for ever.
    private async Task<BudgetAnswer?> TryAskAsync(DailyCap day, int units)
    {
        try
        {
            return await ((StoredUnits)day.Units).AskAsync(units);
        }
#pragma warning disable CA1031 // As if the storage were away.
        catch (Exception e)
#pragma warning restore CA1031
        {
            _services.Connections.Logger.DailyLimitFault(e, _id.Value);
            return null;
        }
    }

    private void SetTimer(TimerDue due, TimeSpan after) => Timers.StartSingleTimer(due, due, after);

    private void ToQueue(IQueueMessage message) => _services.Queues().Tell(message, Self);

    private void Open(int id, DeliveryTarget target)
    {
        var self = Self;
        ConnectionLoop loop = null!;
        loop = new ConnectionLoop(id, target, _services.Connections, () => _shaped.MaxMessages,
            e => self.Tell(new ConnectionReport(loop, e), ActorRefs.NoSender));
        _connections.Add(id, loop);
        var (stopped, abandoned) = (_stopped.Token, _abandoned.Token);
        _ = Task.Run(() => loop.RunAsync(stopped, abandoned), CancellationToken.None);
    }
}
