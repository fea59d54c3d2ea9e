using Postfleet.Contracts;
using Postfleet.Core.Queueing;
using Postfleet.QueueActors.Entity;
using Postfleet.Simulation.Tests.Machinery;
using Postfleet.Simulation.Tests.Shells;

namespace Postfleet.Simulation.Tests.Models;

[Flags]
internal enum Roles
{
    Frontend = 1,
    Queue = 2,
    Delivery = 4,
}

/// <summary>A cancellable timer.</summary>
internal sealed class Alarm
{
    public bool IsOver { get; set; }
}

/// <summary>
/// A process from its start to its end. Its actions while it is frozen run when it wakes up.
/// </summary>
internal sealed class Node(World world, string name, Roles roles)
{
    private readonly Queue<Action> _backlog = new();
    private DateTimeOffset _frozenAt;
    private Liveness? _liveness;
    private Gate? _gate;

    public string Name => name;

    public Roles Roles => roles;

    public bool IsAlive { get; private set; } = true;

    public bool IsFrozen { get; private set; }

    /// <summary>Whether the cluster has removed it. Its messages are dropped then.</summary>
    public bool IsRemoved { get; set; }

    /// <summary>Whether it stops in order.</summary>
    public bool IsLeaving { get; set; }

    /// <summary>Whether it and the other nodes do not reach each other.</summary>
    public bool IsCut { get; set; }

    public bool IsCutFromStorage { get; set; }

    /// <summary>Its entities, each from its start until it is gone.</summary>
    public Dictionary<EntityId, EntityCell> Cells { get; } = [];

    /// <summary>Its connections to sites, including connections no longer known to their destination.</summary>
    public HashSet<ConnectionShell> Connections { get; } = [];

    /// <summary>The hand-off of its actor system.</summary>
    public HandOffShell HandOff { get; private set; } = null!;

    /// <summary>The parts left by the last hand-off.</summary>
    public IReadOnlyList<PendingPart> LeftParts { get; set; } = [];

    /// <summary>Its copy of the suspensions; a new node waits for the first copy.</summary>
    public HashSet<QueueKey> Suspended
    {
        get => field ??= [.. world.Operator.Suspended];
        set;
    }

    /// <summary>The suspension of a queue, as its machine asks for it.</summary>
    public Suspension? SuspensionOf(QueueKey queue) =>
        Suspended.Contains(queue) && !world.Breaks(BrokenRule.SuspensionNotAsked) ? new Suspension(1, null, "") : null;

    /// <summary>Where clients wait while queues are behind.</summary>
    public Gate Gate => _gate ??= new Gate(world, this);

    /// <summary>When it last reached no queue node.</summary>
    public DateTimeOffset LastWithoutQueues { get; set; }

    /// <summary>Which of its queues could not be read from the journal lately.</summary>
    public RecoveryPauses Pauses { get; } = new(world.Time);

    public SweeperShell? Sweeper { get; set; }

    /// <summary>Parts stored here, whose bodies are at hand; each is given out once.</summary>
    public HashSet<PartId> Bodies { get; } = [];

    /// <summary>Which of the machines it runs on.</summary>
    public int Machine { get; init; }

    /// <summary>How often it was frozen.</summary>
    public int Freezes { get; private set; }

    /// <summary>Whether it stood still, and whether it reaches enough queue nodes.</summary>
    public Liveness Liveness => _liveness ??= new Liveness(world, this);

    /// <summary>How far its wall clock is off.</summary>
    public TimeSpan Skew { get; init; }

    public DateTimeOffset Now => world.Scheduler.Now + Skew;

    public bool IsRunning => IsAlive && !IsFrozen;

    /// <summary>Starts the hand-off of an actor system, in place of the previous hand-off.</summary>
    public void StartHandOff()
    {
        HandOff?.Stop();
        var left = LeftParts;
        LeftParts = [];
        HandOff = new HandOffShell(world, this);
        HandOff.Start(left);
    }

    /// <summary>Does something here, or never when the process is gone, or later when it is frozen.</summary>
    public void Run(Action action)
    {
        if (!IsAlive) return;
        if (IsFrozen) _backlog.Enqueue(action);
        else action();
    }

    public void After(TimeSpan delay, Action action) => world.Scheduler.After(delay, () => Run(action));

    public Alarm Start(TimeSpan delay, Action action)
    {
        var alarm = new Alarm();
        After(delay, () =>
        {
            if (alarm.IsOver) return;
            alarm.IsOver = true;
            action();
        });
        return alarm;
    }

    public void Freeze()
    {
        IsFrozen = true;
        Freezes++;
        _frozenAt = world.Scheduler.Now;
    }

    public void Wake()
    {
        IsFrozen = false;
        if (world.Scheduler.Now - _frozenAt > IStallDetector.MaxGap && !world.Breaks(BrokenRule.WokenNodeTrustsItself))
            Liveness.StoodStill();

        while (_backlog.TryDequeue(out var action)) After(TimeSpan.Zero, action);
    }

    /// <summary>Ends the process; the kernel closes its connections.</summary>
    public void Kill()
    {
        IsAlive = false;
        _backlog.Clear();
        foreach (var connection in Connections.ToList()) connection.Lose();
        world.Ledger.Died(this);
    }

    public override string ToString() => name;
}
