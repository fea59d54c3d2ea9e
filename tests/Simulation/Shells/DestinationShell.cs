using Postfleet.Contracts.Messages;
using Postfleet.Core.Queueing;
using Postfleet.Delivery.Destinations;
using Postfleet.Delivery.Destinations.State;
using Postfleet.Simulation.Tests.Machinery;
using Postfleet.Simulation.Tests.Models;

namespace Postfleet.Simulation.Tests.Shells;

/// <summary>The shell of a destination, as <c>DestinationActor</c> is.</summary>
internal sealed class DestinationShell : IEntity
{
    private readonly World _world;
    private readonly EntityCell _cell;
    private readonly DestinationId _id;
    private readonly DestinationState _state;
    private readonly long _incarnation;
    private readonly Dictionary<int, ConnectionShell> _connections = [];
    private readonly HashSet<(MessageId, int)> _told = [];
    private Alarm? _wakeUp;
    private DateTimeOffset? _wakeAt;
    private Alarm? _idle;
    private bool _isPumping;
    private bool _isDraining;
    private bool _isLeaving;
    private bool _isCutOff;

    public DestinationShell(World world, EntityCell cell, Node node, DestinationId id)
    {
        (_world, _cell, Node, _id) = (world, cell, node, id);
        _incarnation = world.NextIncarnation();
        _state = new DestinationState(Rules(world), world.Machines.Share, _incarnation);
    }

    private static DestinationRules Rules(World world) => !world.Breaks(BrokenRule.EndedAttemptsForgotten) ? World.DestinationRules
        : World.DestinationRules with { MaxRemembered = 0 };

    public DestinationId Id => _id;

    public Node Node { get; }

    public bool IsStopped { get; private set; }

    public bool IsDrained => IsStopped || _state.IsDrained;

    public void Start()
    {
        if (Node.IsLeaving) Drain();
    }

    public void Receive(object message, IActor sender)
    {
        if (IsStopped) return;
        switch (message)
        {
            case RequestCredit m: _state.Ask(m, Node.Now); break;
            case Deliver m: _state.Take(Checked(m), Node.Now, Node.Pulse, Node.Doubt > TimeSpan.Zero); break;
            case OutcomesAcknowledged m: _state.Acknowledge(m, Node.Now); break;
            default: throw new InvalidOperationException($"unknown message {message}");
        }

        PumpSoon();
    }

    public void Hear(ConnectionShell connection, ConnectionEvent said)
    {
        if (IsStopped || _connections.GetValueOrDefault(said.Id) != connection) return;
        switch (said)
        {
            case ConnectionEvent.Opened e: _state.Opened(e.Id, Node.Now); break;
            case ConnectionEvent.Failed e: _connections.Remove(e.Id); _state.NotOpened(e.Id, e.Reply, Node.Now); break;
            case ConnectionEvent.Ended e: _state.Ended(e.Id, e.Outcome, e.Transactions, e.IsUsable, Node.Now); break;
            case ConnectionEvent.Closed e: _connections.Remove(e.Id); _state.Closed(e.Id, Node.Now); break;
            default: throw new InvalidOperationException($"unknown connection event {said.GetType().Name}");
        }

        PumpSoon();
    }

    /// <summary>The node stops: no job is taken any more, and what runs ends.</summary>
    public void Drain()
    {
        if (_isDraining || IsStopped) return;
        _isDraining = true;
        _state.Stop();
        PumpSoon();
    }

    public void Stop()
    {
        if (_isLeaving || IsStopped) return;
        if (_world.Breaks(BrokenRule.HandedOverWhileRunning))
        {
            foreach (var connection in _connections.Values.ToList()) connection.Close();
            _connections.Clear();
            Kill();
            return;
        }

        Drain();
        _isLeaving = true;
        Node.Start(World.MoveGrace, CutOff);
    }

    /// <summary>The grace is over: what is not past its final dot is given up, what is past it may still hear its reply.</summary>
    public void CutOff()
    {
        if (_isCutOff || IsStopped) return;
        _isCutOff = _isLeaving = true;
        Drain();
        foreach (var connection in _connections.Values.ToList()) connection.CutOff();
        Node.Start(World.LastWords, Kill);
        PumpSoon();
    }

    public void Kill()
    {
        if (IsStopped) return;
        IsStopped = true;
        if (_isCutOff) _world.Ledger.CutOff(this);
        foreach (var connection in _connections.Values.ToList()) connection.Abandon();
        Cancel(_wakeUp);
        Cancel(_idle);
        _cell.Stopped(this);
    }

    private void PumpSoon()
    {
        if (_isPumping) return;
        _isPumping = true;
        Node.After(TimeSpan.Zero, Pump);
    }

    private void Pump()
    {
        if (IsStopped) return;
        _isPumping = false;
        foreach (var effect in _state.Pump(Node.Now)) Run(effect);
        SetTimers();
        var isDrained = _world.Breaks(BrokenRule.HandedOverBeforeAcknowledged) ? _state.Running + _state.Connections == 0
            : _state.IsDrained;
        if (_isLeaving && isDrained) Kill();
    }

    private void Run(DestinationEffect effect)
    {
        switch (effect)
        {
            case DestinationEffect.Grant e: ToQueue(new CreditGranted(e.Queue, _id, e.Credits) { Incarnation = _incarnation }); break;
            case DestinationEffect.Report e:
                foreach (var job in e.Jobs)
                    _world.Trace?.Add(job.Message, $"{_id} on {Node} says that attempt {job.Attempt} has ended: {job.Result}");
                foreach (var outcomes in OutcomePacking.Pack(e.Queue, _id, Told(e.Jobs))) ToQueue(outcomes);
                break;
            case DestinationEffect.Refuse e: ToQueue(new SiteUnavailable(e.Queue, _id, e.RetryAfter, e.Reply)); break;
            case DestinationEffect.Send e: _connections[e.Connection].Send(e.Job); break;
            case DestinationEffect.Open e: Open(e.Connection); break;
            case DestinationEffect.Close e: _connections[e.Connection].Close(); break;
            case DestinationEffect.SiteCameUp or DestinationEffect.SiteWentDown: break;
            default: throw new InvalidOperationException($"unknown destination effect {effect.GetType().Name}");
        }
    }

    private Deliver Checked(Deliver deliver) =>
        _world.Breaks(BrokenRule.JobsOfAnotherIncarnationTaken) ? deliver with { Incarnation = 0, Target = _world.Sites[_id].Target }
        : deliver;

    private IReadOnlyList<JobOutcome> Told(IReadOnlyList<JobOutcome> jobs) => [.. jobs
        .Where(job => !_isCutOff || job.Result != AttemptResult.NotAttempted)
        .Where(job => _told.Add((job.Message, job.Attempt)) || !_world.Breaks(BrokenRule.OutcomesNotRepeated))];

    private void Open(int number)
    {
        var connection = new ConnectionShell(_world, this, _world.Sites[_id], number);
        _connections.Add(number, connection);
        connection.Open();
    }

    private void ToQueue(IQueueMessage message) => _world.Sharding.Send(this, Sharding.Queue(message.Queue), message);

    private void SetTimers()
    {
        var now = Node.Now;
        if (_state.NextWake(now) is { } wake && !(_wakeAt <= wake))
        {
            Cancel(_wakeUp);
            _wakeAt = wake;
            _wakeUp = Node.Start(wake - now, () =>
            {
                _wakeAt = null;
                if (!IsStopped) PumpSoon();
            });
        }

        if (!_state.IsIdle(now)) Cancel(_idle);
        else if (_idle is not { IsOver: false }) _idle = Node.Start(World.DestinationIdle, () =>
        {
            if (!IsStopped && !_isDraining) _cell.Passivate(this);
        });
    }

    private static void Cancel(Alarm? alarm)
    {
        if (alarm is not null) alarm.IsOver = true;
    }
}
