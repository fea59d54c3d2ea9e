using Postfleet.Contracts.Messages;
using Postfleet.Core.Queueing;
using Postfleet.Delivery.Destinations.State;
using Postfleet.Simulation.Tests.Checks;
using Postfleet.Simulation.Tests.Machinery;
using Postfleet.Simulation.Tests.Models;

namespace Postfleet.Simulation.Tests.Shells;

/// <summary>
/// Drives the <see cref="DestinationLifecycle"/> of a destination, as <c>DestinationActor</c> does: sends messages, sets timers, opens
/// connections, and breaks a rule where the run asks for it.
/// </summary>
internal sealed class DestinationShell : IEntity
{
    private readonly World _world;
    private readonly EntityCell _cell;
    private readonly DestinationState _state;
    private readonly DestinationLifecycle _lifecycle;
    private readonly long _incarnation;
    private readonly Dictionary<int, ConnectionShell> _connections = [];
    private readonly Dictionary<int, QueueKey> _queues = [];
    private readonly Alarm?[] _timers = new Alarm?[Enum.GetValues<DestinationTimer>().Length];
    private readonly HashSet<(MessageId, int)> _reported = [];
    private readonly HashSet<(PartId Part, int Attempt)> _taken = [];
    private readonly HashSet<(PartId Part, int Attempt)> _started = [];
    private readonly HashSet<(PartId Part, int Attempt)> _returned = [];
    private DateTimeOffset? _cutOffAt;
    private bool _isLeaving;
    private bool _isPassivating;

    public DestinationShell(World world, EntityCell cell, Node node, DestinationId id)
    {
        (_world, _cell, Node, Id) = (world, cell, node, id);
        _incarnation = world.NextIncarnation();
        _state = new DestinationState(world.Limits, world.Machines.Share, _incarnation);
        _lifecycle = new DestinationLifecycle(_state, Times(world));
    }

    public DestinationId Id { get; }

    public Node Node { get; }

    public bool IsStopped { get; private set; }

    /// <summary>Whether this destination has reported the end of all its attempts to the node.</summary>
    public bool IsDrained { get; private set; }

    private static DestinationTimes Times(World world) => new(World.DestinationIdle, World.MoveGrace,
        world.Breaks(BrokenRule.LastRepliesNotAwaited) ? TimeSpan.Zero : World.ReplyGrace);

    public void Start()
    {
        if (Node.IsLeaving) Drain();
    }

    public void Receive(object message, IActor sender)
    {
        if (message is Deliver d) foreach (var job in d.Jobs) _taken.Add((new PartId(job.Message, d.Queue), job.Attempt));
        if (message is ReturnJobs back)
        {
            // A job that has been on a connection may go to another connection.
            foreach (var job in _taken.Where(job => IsMeant(back, job.Part) && !_started.Contains(job))) _returned.Add(job);
            if (_world.Breaks(BrokenRule.JobsNotTakenBack)) return;
        }

        if (message is Deliver m) Handle(DestinationInput.Received(Checked(m), Node.Liveness.Mark(), Node.Liveness.IsRecovering));
        else Handle(DestinationInput.Received((IDestinationMessage)message));
    }

    /// <summary>A connection of this destination reports an event.</summary>
    public void Report(ConnectionShell connection, ConnectionEvent reported)
    {
        if (_connections.GetValueOrDefault(reported.Id) != connection) return;
        if (reported is ConnectionEvent.Failed or ConnectionEvent.Closed) _connections.Remove(reported.Id);
        if (_world.Breaks(BrokenRule.CutOffAttemptsReported) && _cutOffAt is not null
            && reported is ConnectionEvent.Ended { Outcome: { Result: AttemptResult.NotAttempted } outcome } ended)
            ToQueue(new Outcomes(_queues[ended.Id], Id, [outcome]));
        Handle(DestinationInput.Reported(reported));
    }

    /// <summary>The node stops: no job is accepted any more, and running attempts end.</summary>
    public void Drain()
    {
        IsDrained |= _world.Breaks(BrokenRule.DrainedBeforeAttemptsEnd);
        Handle(DestinationInput.Drain);
    }

    public void Stop()
    {
        _isLeaving = true;
        if (_isPassivating && _world.Breaks(BrokenRule.DestinationPassivatedWhileBusy))
        {
            Kill();
            return;
        }

        if (!_world.Breaks(BrokenRule.HandedOverWhileRunning))
        {
            Handle(DestinationInput.Stop);
            return;
        }

        foreach (var connection in _connections.Values.ToList()) connection.Close();
        _connections.Clear();
        Kill();
    }

    /// <summary>The grace of the node is over: attempts before their final dot are given up.</summary>
    public void CutOff() => Handle(DestinationInput.CutOff);

    public void Kill()
    {
        if (IsStopped) return;
        IsStopped = true;
        if (_cutOffAt is not null) _world.Ledger.CutOff(this);
        foreach (var connection in _connections.Values.ToList()) connection.Abandon();
        foreach (var timer in _timers) Cancel(timer);
        _cell.Stopped(this);
    }

    private void Handle(in DestinationInput input)
    {
        if (IsStopped) return;
        var outputs = new List<DestinationOutput>();
        _lifecycle.Handle(input, Node.Now, outputs);
        foreach (var output in outputs) Do(output);
        var isEarly = _isLeaving && _world.Breaks(BrokenRule.HandedOverBeforeAcknowledged);
        if (isEarly && input.Kind == DestinationInputKind.Decide && _state.Running + _state.Connections == 0) Kill();
    }

    private void Do(DestinationOutput output)
    {
        switch (output.Kind)
        {
            case DestinationOutputKind.DecideSoon: Node.After(TimeSpan.Zero, () => Handle(DestinationInput.Decide)); break;
            case DestinationOutputKind.Run: Run(output.Effect!); break;
            case DestinationOutputKind.Publish: break;
            case DestinationOutputKind.SetTimer: SetTimer(output.Timer, output.After); break;
            case DestinationOutputKind.CancelTimer: Cancel(_timers[(int)output.Timer]); break;
            case DestinationOutputKind.Passivate:
                _isPassivating = true;
                _cell.Passivate(this);
                break;
            case DestinationOutputKind.CutOff:
                _cutOffAt = _world.Scheduler.Now;
                foreach (var connection in _connections.Values.ToList()) connection.CutOff();
                break;
            case DestinationOutputKind.Drained: IsDrained = true; break;
            case DestinationOutputKind.Stop:
                // After a cut-off the destination waits a moment for the last replies, otherwise for all replies.
                if (!(_world.Scheduler.Now - _cutOffAt >= World.ReplyGrace)) _world.Ledger.CheckEnded(this);
                Kill();
                break;
            default: throw new InvalidOperationException($"unknown destination output {output.Kind}");
        }
    }

    private void Run(DestinationEffect effect)
    {
        switch (effect)
        {
            case DestinationEffect.Grant e: ToQueue(new CreditGranted(e.Queue, Id, e.Credits) { Incarnation = _incarnation }); break;
            case DestinationEffect.Report e:
                foreach (var job in e.Jobs)
                    _world.Trace?.Add(job.Message, $"{Id} on {Node} reports that attempt {job.Attempt} has ended: {job.Result}");
                foreach (var outcomes in OutcomePacking.Pack(e.Queue, Id, Reported(e.Jobs))) ToQueue(outcomes);
                break;
            case DestinationEffect.Refuse e: ToQueue(new SiteUnavailable(e.Queue, Id, e.RetryAfter, e.Reply)); break;
            case DestinationEffect.Send e:
                if (_returned.Contains((e.Job.Part, e.Job.Attempt)) && !_world.Ledger.IsDamaged(e.Job.Part))
                    throw new PromiseBrokenException("taken back", $"{Id} starts a job that its queue has taken back", e.Job.Part.Message);
                _started.Add((e.Job.Part, e.Job.Attempt));
                _world.Shares?.Started(this, _state, e.Job.Part.Queue.Stream);
                _queues[e.Connection] = e.Job.Part.Queue;
                _connections[e.Connection].Send(e.Job);
                break;
            case DestinationEffect.Open e: Open(e.Connection); break;
            case DestinationEffect.Close e: _connections[e.Connection].Close(); break;
            case DestinationEffect.Shaped or DestinationEffect.SiteCameUp or DestinationEffect.SiteWentDown: break;
            default: throw new InvalidOperationException($"unknown destination effect {effect.GetType().Name}");
        }
    }

    private static bool IsMeant(ReturnJobs message, PartId part) =>
        part.Queue == message.Queue && (message.Messages.Count == 0 || message.Messages.Contains(part.Message));

    private Deliver Checked(Deliver deliver) =>
        _world.Breaks(BrokenRule.JobsOfAnotherIncarnationTaken) ? deliver with { Incarnation = 0, Target = _world.Sites[Id].Target }
        : deliver;

    private IReadOnlyList<JobOutcome> Reported(IReadOnlyList<JobOutcome> jobs) => !_world.Breaks(BrokenRule.OutcomesNotRepeated) ? jobs
        : [.. jobs.Where(job => _reported.Add((job.Message, job.Attempt)))];

    private void Open(int number)
    {
        var connection = new ConnectionShell(_world, this, _world.Sites[Id], number);
        _connections.Add(number, connection);
        connection.Open();
    }

    private void ToQueue(IQueueMessage message)
    {
        // The report could arrive during the next owner's attempt under the same number, and begin another attempt beside it.
        if (_cutOffAt is not null && message is Outcomes outcomes
            && outcomes.Jobs.FirstOrDefault(job => job.Result == AttemptResult.NotAttempted) is { } job)
            throw new PromiseBrokenException("cut off", $"{Id} reports attempt {job.Attempt}, which it has cut off", job.Message);
        _world.Sharding.Send(this, Sharding.Queue(message.Queue), message);
    }

    private void SetTimer(DestinationTimer timer, TimeSpan after)
    {
        if (timer == DestinationTimer.Wake && _world.Breaks(BrokenRule.DestinationWakeForgotten)) return;
        Cancel(_timers[(int)timer]);
        _timers[(int)timer] = Node.Start(after, () => Handle(DestinationInput.Due(timer)));
    }

    private static void Cancel(Alarm? alarm)
    {
        if (alarm is not null) alarm.IsOver = true;
    }
}
