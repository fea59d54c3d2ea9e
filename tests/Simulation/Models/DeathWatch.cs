using Postfleet.Simulation.Tests.Machinery;
using Postfleet.Simulation.Tests.Shells;

namespace Postfleet.Simulation.Tests.Models;

/// <summary>A watched actor has ended.</summary>
internal sealed record Terminated(IActor Actor);

/// <summary>
/// Notifies watchers of an actor's end: soon when its node lives, otherwise when the cluster removes the node. A notification is never
/// lost.
/// </summary>
internal sealed class DeathWatch(World world)
{
    private readonly Chance _chance = new(world.Plan.Seed, 3);
    private readonly List<(IActor Watcher, IActor Watched)> _pairs = [];

    public void Watch(IActor watcher, IActor watched)
    {
        if (watched.IsStopped || watched.Node.IsRemoved) Notify(watcher, watched);
        else _pairs.Add((watcher, watched));
    }

    public void Unwatch(IActor watcher, IActor watched) => _pairs.RemoveAll(pair => pair.Watcher == watcher && pair.Watched == watched);

    public void Stopped(IActor actor)
    {
        _pairs.RemoveAll(pair => pair.Watcher == actor);
        Notify(pair => pair.Watched == actor);
    }

    public void Removed(Node node)
    {
        Notify(pair => pair.Watched.Node == node && pair.Watcher.Node != node);
        foreach (var member in world.Members) foreach (var cell in member.Cells.Values) (cell.Entity as QueueShell)?.ExpectResend(node);
    }

    private void Notify(Predicate<(IActor Watcher, IActor Watched)> match)
    {
        foreach (var (watcher, watched) in _pairs.FindAll(match)) Notify(watcher, watched);
        _pairs.RemoveAll(match);
    }

    private void Notify(IActor watcher, IActor watched) => watcher.Node.After(_chance.Milliseconds(1, 300), () =>
    {
        if (!watcher.IsStopped) watcher.Receive(new Terminated(watched), watched);
    });
}
