using Postfleet.Simulation.Tests.Machinery;
using Postfleet.Simulation.Tests.Shells;

namespace Postfleet.Simulation.Tests.Models;

/// <summary>
/// Starts, kills, freezes, cuts off and restarts the processes, and removes them as the split brain resolver does.
/// </summary>
internal sealed class Cluster
{
    private readonly World _world;
    private readonly Chance _chance;
    private readonly List<Node> _members = [];
    private readonly List<Roles> _machines = [];
    private int _starts;

    public Cluster(World world)
    {
        _world = world;
        _chance = new Chance(world.Plan.Seed, 9);
    }

    public IReadOnlyList<Node> Members => _members;

    /// <summary>Whether there is a single machine, whose storage no other process can use: a queue has no other owner then.</summary>
    public bool IsAlone => _machines.Count == 1;

    /// <summary>Removed nodes still running.</summary>
    public List<Node> Strays { get; } = [];

    /// <summary>Starts the first nodes: between a single node with all roles and a few nodes for each role.</summary>
    public void Form()
    {
        const Roles All = Roles.Frontend | Roles.Queue | Roles.Delivery;
        switch (_chance.Below(4))
        {
            case 0: _machines.AddRange(Enumerable.Repeat(All, _chance.Between(1, 3))); break;
            case 1: _machines.AddRange([Roles.Frontend | Roles.Queue, Roles.Queue | Roles.Delivery, Roles.Queue | Roles.Delivery]); break;
            default:
                _machines.AddRange(Enumerable.Repeat(Roles.Frontend, _chance.Between(1, 2)));
                _machines.AddRange(Enumerable.Repeat(Roles.Queue, _chance.Between(2, 3)));
                _machines.AddRange(Enumerable.Repeat(Roles.Delivery, _chance.Between(1, 3)));
                break;
        }

        for (var machine = 0; machine < _machines.Count; machine++) Start(machine);
    }

    /// <summary>A process dies. Others notice after a while, or when it joins again.</summary>
    public void Kill(Node node)
    {
        if (!node.IsAlive) return;
        _world.Trace?.Add($"{node} is killed");
        node.Kill();
        Strays.Remove(node);
        CountQueueNodes();
        if (!node.IsRemoved) _world.Scheduler.After(DetectionTime(), () => Remove(node));
        StartAgain(node, _chance.Seconds(1, 90));
    }

    public void Freeze(Node node, TimeSpan time)
    {
        if (!node.IsRunning || node.IsRemoved) return;
        _world.Trace?.Add($"{node} freezes for {time.TotalSeconds:F0}s");
        node.Freeze();
        CountQueueNodes();
        var noticed = DetectionTime();
        if (noticed < time && !IsAlone) _world.Scheduler.After(noticed, () => Remove(node));
        _world.Scheduler.After(time, () => Wake(node));
    }

    public void Cut(Node node, bool alsoFromStorage, TimeSpan time)
    {
        if (!node.IsRunning || node.IsRemoved || node.IsCut || _members.Count == 1) return;
        _world.Trace?.Add($"{node} is cut off for {time.TotalSeconds:F0}s");
        node.IsCut = true;
        node.IsCutFromStorage = alsoFromStorage;
        CountQueueNodes();
        var noticed = DetectionTime();
        if (noticed < time) _world.Scheduler.After(noticed, () => Remove(node));
        _world.Scheduler.After(time, () =>
        {
            if (node.IsAlive && !node.IsRemoved) _world.Trace?.Add($"{node} is reached again");
            node.IsCut = node.IsCutFromStorage = false;
            CountQueueNodes();
        });
    }

    /// <summary>Stops a node in good order, and starts it again: listeners, destinations, queues, in this order.</summary>
    public void Leave(Node node)
    {
        if (!node.IsRunning || node.IsLeaving || node.IsRemoved) return;
        _world.Trace?.Add($"{node} leaves");
        node.IsLeaving = true;
        node.Sweeper?.Stop();
        MoveSweeper();
        foreach (var destination in Destinations(node)) destination.Drain();
        Await(node, World.Grace, () => Destinations(node).All(destination => destination.IsDrained), isDrained =>
        {
            if (isDrained) _world.Ledger.CheckEnded(node);
            else foreach (var destination in Destinations(node)) destination.CutOff();
            foreach (var id in node.Cells.Keys.ToList()) _world.Sharding.Move(id);
            Await(node, 1.5 * Sharding.HandOverTime, () => node.Cells.Count == 0, _ =>
            {
                _world.Trace?.Add($"{node} has left");
                Remove(node);
            });
        });
    }

    private void Wake(Node node)
    {
        if (!node.IsAlive || !node.IsFrozen) return;
        _world.Trace?.Add($"{node} wakes up");
        node.Wake();
        CountQueueNodes();
    }

    // The cluster goes on without it. It may not know yet: it stops some seconds later, or when it wakes up.
    private void Remove(Node node)
    {
        if (node.IsRemoved) return;
        // A problem not noticed in time is not noticed any more.
        if (node.IsRunning && !node.IsCut && !node.IsLeaving) return;
        _world.Trace?.Add($"{node} is removed from the cluster");
        node.IsRemoved = true;
        _members.Remove(node);
        _world.Ledger.Died(node);
        _world.DeathWatch.Removed(node);
        _world.Sharding.Removed(node);
        MoveSweeper();
        CountQueueNodes();
        if (!node.IsAlive) return;
        if (node.IsLeaving)
        {
            Kill(node);
            return;
        }

        // A node cut off has stopped itself by now: the others wait for its end. A frozen node cannot stop.
        if (!node.IsFrozen)
        {
            Kill(node);
            return;
        }

        Strays.Add(node);
        node.After(_chance.Seconds(0, 10), () => Kill(node));
    }

    private void Start(int machine)
    {
        var node = new Node(_world, $"{_machines[machine].ToString().Replace(", ", "+", StringComparison.Ordinal)}-{machine}.{++_starts}",
            _machines[machine])
        {
            Skew = _chance.Milliseconds(-1500, 1500),
            Machine = machine,
        };
        node.StartHandOff();
        _members.Add(node);
        _world.Trace?.Add($"{node} joins");
        MoveSweeper();
        CountQueueNodes();
        _world.Sharding.Joined();
    }

    /// <summary>Whether a node reaches any queue node.</summary>
    public bool IsAnyQueueReachable(Node node)
    {
        var isAny = _members.Exists(other => other.Roles.HasFlag(Roles.Queue) && other.IsRunning && Network.CanReach(node, other));
        if (!isAny) node.LastWithoutQueues = _world.Scheduler.Now;
        return isAny;
    }

    /// <summary>The actor system of a node is replaced in the same process, and its hand-off with it.</summary>
    public void ReplaceHandOff(Node node)
    {
        if (!node.IsRunning || node.IsRemoved || node.IsLeaving) return;
        _world.Trace?.Add($"the hand-off of {node} is replaced");
        node.StartHandOff();
    }

    // A returning node is noticed at once, a lost node after some seconds without heartbeats.
    private void CountQueueNodes()
    {
        foreach (var node in _members) if (!node.Liveness.IsReachable) node.Run(() => CountQueueNodes(node));
        _world.Scheduler.After(World.NoticeLossAfter, () =>
        {
            foreach (var node in _members) node.Run(() => CountQueueNodes(node));
        });
    }

    private void CountQueueNodes(Node node)
    {
        if (node.IsRemoved) return;
        var queueNodes = _members.Where(other => other.Roles.HasFlag(Roles.Queue)).ToArray();
        node.Liveness.Count(queueNodes.Length, queueNodes.Count(other => other.IsRunning && Network.CanReach(node, other)));
    }

    private void StartAgain(Node old, TimeSpan pause) => _world.Scheduler.After(pause, () =>
    {
        // The cluster notices the new process at the same address, and so the end of the old process.
        Remove(old);
        if (old.IsCut) StartAgain(old, _chance.Seconds(1, 20));
        else Start(old.Machine);
    });

    private void MoveSweeper()
    {
        if (_world.Breaks(BrokenRule.NoSweeper)) return;
        if (_members.Exists(node => node.Sweeper is { IsStopped: false })) return;
        if (_members.Find(node => node.Roles.HasFlag(Roles.Queue) && !node.IsLeaving) is not { } home) return;
        home.Run(() =>
        {
            if (home.Sweeper is not { IsStopped: false }) home.Sweeper = new SweeperShell(_world, home);
        });
    }

    private static void Await(Node node, TimeSpan limit, Func<bool> isDone, Action<bool> next)
    {
        if (isDone() is var isOver && (isOver || limit <= TimeSpan.Zero))
        {
            next(isOver);
            return;
        }

        node.After(TimeSpan.FromSeconds(0.5), () => Await(node, limit - TimeSpan.FromSeconds(0.5), isDone, next));
    }

    private TimeSpan DetectionTime() => _chance.Seconds(15, 40);

    private static IEnumerable<DestinationShell> Destinations(Node node) =>
        node.Cells.Values.Select(cell => cell.Entity).OfType<DestinationShell>().ToList();
}
