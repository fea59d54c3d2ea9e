using Postfleet.Core.Queueing;
using Postfleet.Simulation.Tests.Machinery;
using Postfleet.Simulation.Tests.Shells;

namespace Postfleet.Simulation.Tests.Models;

/// <summary>Starts and ends the faults of a run.</summary>
internal sealed class FaultMaker(World world)
{
    private bool _haveEnded;

    public void Start()
    {
        foreach (var fault in world.Plan.Faults())
            if (!world.Plan.WithoutFaults.Contains(fault.Id)) world.Scheduler.After(fault.At, () => Begin(fault));
    }

    /// <summary>Ends the faults. Frozen and cut-off nodes return after their own time.</summary>
    public void EndFaults()
    {
        _haveEnded = true;
        world.Trace?.Add("no fault happens from now on");
        (world.Network.Loss, world.Network.Slow, world.Network.Repeats) = (0, 0, 0);
        (world.Storage.IsDown, world.Storage.Errors, world.Storage.Slow) = (false, 0, 0);
        foreach (var site in world.Sites.Values) (site.IsUp, site.Drops, site.AcceptsAll) = (true, 0, true);
        world.Routes.Unknown.Clear();
        world.Routes.None.Clear();
    }

    private void Begin(Fault fault)
    {
        var chance = new Chance(fault.Seed, 0);
        world.Trace?.Add($"fault {fault.Id}: {fault.Kind} for {fault.For.TotalSeconds:F0}s");
        switch (fault.Kind)
        {
            case FaultKind.Loss: Noise(fault, chance.Share() * 0.5, 0, value => world.Network.Loss = value); break;
            case FaultKind.Delay: Noise(fault, chance.Share() * 0.5, 0, value => world.Network.Slow = value); break;
            case FaultKind.Repeat: Noise(fault, chance.Share() * 0.5, 0, value => world.Network.Repeats = value); break;
            case FaultKind.Crash: if (Node(chance) is { } killed) world.Cluster.Kill(killed); break;
            case FaultKind.Freeze: if (Node(chance) is { } frozen) world.Cluster.Freeze(frozen, fault.For); break;
            case FaultKind.Cut: if (Node(chance) is { } cut) world.Cluster.Cut(cut, chance.Is(0.4), fault.For); break;
            case FaultKind.Leave: if (Node(chance) is { } leaving) world.Cluster.Leave(leaving); break;
            case FaultKind.Move: foreach (var id in world.Sharding.All) if (chance.Is(0.5)) world.Sharding.Move(id); break;
            case FaultKind.EntityFails: if (Entity(chance) is { } entity) entity.Kill(); break;
            case FaultKind.StorageDown: Noise(fault, true, false, value => world.Storage.IsDown = value); break;
            case FaultKind.StorageErrors: Noise(fault, chance.Share() * 0.5, 0, value => world.Storage.Errors = value); break;
            case FaultKind.SiteDown: var down = Site(chance); Noise(fault, false, true, value => down.IsUp = value); break;
            case FaultKind.SiteDrops:
                var dropping = Site(chance); Noise(fault, chance.Share() * 0.5, 0, value => dropping.Drops = value); break;
            case FaultKind.RouteMoves: MoveRoute(fault, chance); break;
            case FaultKind.RouteFails:
                FailRoute(fault, chance.Of(world.Queues), chance.Is(0.5) ? world.Routes.None : world.Routes.Unknown); break;
            case FaultKind.StorageSlow: Noise(fault, chance.Share() * 0.5, 0, value => world.Storage.Slow = value); break;
            case FaultKind.RowDamaged: Damage(chance); break;
            case FaultKind.HandOffReplaced: if (Node(chance) is { } replaced) world.Cluster.ReplaceHandOff(replaced); break;
            default: throw new InvalidOperationException($"unknown fault {fault.Kind}");
        }
    }

    private void Noise<T>(Fault fault, T value, T none, Action<T> set)
    {
        set(value);
        world.Scheduler.After(fault.For, () =>
        {
            if (_haveEnded) return;
            world.Trace?.Add($"fault {fault.Id} is over");
            set(none);
        });
    }

    // The simulation assumes: a mark requested by the queue does not arrive after the next owner has had its mail offered again.
    private void Damage(Chance chance)
    {
        if (world.Storage.Journal.Damage(chance) is not { } queue) return;
        if (world.Sharding.EntityOf(Sharding.Queue(queue)) is not QueueShell owner) return;
        owner.IsLost = true;
        owner.Kill();
    }

    private void MoveRoute(Fault fault, Chance chance)
    {
        var queue = chance.Of(world.Queues);
        var home = world.Routes[queue];
        world.Routes[queue] = Site(chance);
        if (chance.Is(0.5)) world.Scheduler.After(fault.For, () => world.Routes[queue] = home);
    }

    private void FailRoute(Fault fault, QueueKey queue, HashSet<QueueKey> routes)
    {
        routes.Add(queue);
        world.Scheduler.After(fault.For, () => routes.Remove(queue));
    }

    private Node? Node(Chance chance) => world.Members.Count == 0 ? null : chance.Of(world.Members);

    private Site Site(Chance chance) => chance.Of([.. world.Sites.Values]);

    private IEntity? Entity(Chance chance) =>
        world.Sharding.All.Where(id => id.IsQueue).Select(world.Sharding.EntityOf).OfType<IEntity>().ToArray() is { Length: > 0 } entities
            ? chance.Of(entities) : null;
}
