using Postfleet.Core.Queueing;
using Postfleet.Simulation.Tests.Machinery;

namespace Postfleet.Simulation.Tests.Models;

/// <summary>
/// The owner node of each entity according to the coordinator, and the route of messages to the owner. Messages for a moving shard are kept
/// or lost. A removed node without knowledge of its removal continues with its entities.
/// </summary>
internal sealed class Sharding(World world)
{
    private readonly Chance _chance = new(world.Plan.Seed, 4);
    private readonly Dictionary<EntityId, Shard> _shards = [];

    private sealed class Shard(EntityId id)
    {
        public EntityId Id => id;

        public Node? Owner { get; set; }

        public bool IsMoving { get; set; }

        /// <summary>Whether its entity is to be started by itself wherever it goes.</summary>
        public bool IsRemembered { get; set; }

        public List<(IActor From, object Message)> Kept { get; } = [];
    }

    /// <summary>How long a shard has to hand over before its entity is stopped by force.</summary>
    public static readonly TimeSpan HandOverTime = TimeSpan.FromSeconds(60);

    public static EntityId Queue(QueueKey queue) => new(true, queue.Value);

    public static EntityId Destination(DestinationId destination) => new(false, destination.Value);

    /// <summary>Messages waiting for an owner.</summary>
    public int Kept => _shards.Values.Sum(shard => shard.Kept.Count);

    public int Remembered => _shards.Values.Count(shard => shard.IsRemembered);

    public void Send(IActor from, EntityId id, object message)
    {
        var shard = Find(id);
        foreach (var delay in world.Network.Copies(shard.Owner == from.Node))
            world.Scheduler.After(delay, () => Arrive(shard, from, message));
    }

    /// <summary>The entity of a shard, for faults.</summary>
    public IEntity? EntityOf(EntityId id) => Find(id).Owner is { IsAlive: true } owner ? owner.Cells.GetValueOrDefault(id)?.Entity : null;

    public IReadOnlyList<EntityId> All => [.. _shards.Keys];

    public void Remember(EntityId id, bool isRemembered) => Find(id).IsRemembered = isRemembered;

    /// <summary>Moves a shard in good order.</summary>
    public void Move(EntityId id)
    {
        var shard = Find(id);
        if (shard.Owner is not { IsRemoved: false } owner || shard.IsMoving) return;
        world.Trace?.Add($"shard {id} begins to move away from {owner}");
        shard.IsMoving = true;
        world.Scheduler.After(_chance.Milliseconds(1, 500), () => owner.Run(() => HandOver(shard, owner)));
    }

    /// <summary>The entity on this node has stopped for the hand-over.</summary>
    public void HandedOver(EntityId id, Node node)
    {
        var shard = Find(id);
        node.Cells.Remove(id);
        if (shard.Owner != node || !shard.IsMoving) return;
        Release(shard, _chance.Milliseconds(1, 300));
    }

    /// <summary>The cluster removes a node: its entities go to other nodes.</summary>
    public void Removed(Node node)
    {
        foreach (var shard in _shards.Values.Where(shard => shard.Owner == node).ToList()) Release(shard, _chance.Seconds(0, 3));
    }

    /// <summary>A node has joined.</summary>
    public void Joined()
    {
        foreach (var shard in _shards.Values.Where(shard => shard.Owner is null).ToList()) Wake(shard);
    }

    private Shard Find(EntityId id)
    {
        if (!_shards.TryGetValue(id, out var shard)) _shards.Add(id, shard = new Shard(id));
        return shard;
    }

    private void HandOver(Shard shard, Node owner)
    {
        if (!owner.Cells.TryGetValue(shard.Id, out var cell))
        {
            HandedOver(shard.Id, owner);
            return;
        }

        cell.HandOver();
        owner.After(HandOverTime, () =>
        {
            if (owner.Cells.GetValueOrDefault(shard.Id) == cell) cell.Entity?.Kill();
        });
        // The coordinator's time limit is the same, with a small margin.
    }

    private void Release(Shard shard, TimeSpan pause)
    {
        (shard.Owner, shard.IsMoving) = (null, false);
        world.Scheduler.After(pause, () => Wake(shard));
    }

    // Gives a requested shard an owner.
    private void Wake(Shard shard)
    {
        if (shard.Owner is not null || (!shard.IsRemembered && shard.Kept.Count == 0)) return;
        var role = shard.Id.IsQueue ? Roles.Queue : Roles.Delivery;
        var nodes = world.Members.Where(node => node.Roles.HasFlag(role) && !node.IsLeaving && !node.IsCut).ToArray();
        if (nodes.Length == 0) return;
        var owner = _chance.Of(nodes);
        world.Trace?.Add($"shard {shard.Id} goes to {owner}");
        shard.Owner = owner;
        var kept = shard.Kept.ToArray();
        shard.Kept.Clear();
        if (shard.IsRemembered) owner.Run(() => CellOn(owner, shard.Id).Start());
        foreach (var (from, message) in kept) world.Scheduler.After(_chance.Milliseconds(0, 5), () => Arrive(shard, from, message));
    }

    private void Arrive(Shard shard, IActor from, object message)
    {
        if (from.Node.IsRemoved)
        {
            // The removed node uses its last knowledge: it still reaches its own entities.
            if (from.Node.Cells.TryGetValue(shard.Id, out var own)) from.Node.Run(() => own.Deliver(message, from));
            return;
        }

        if (shard.Owner is null || shard.IsMoving)
        {
            if (from.Node.IsCut || _chance.Is(world.Network.Loss / 2)) return;
            shard.Kept.Add((from, message));
            if (!shard.IsMoving) Wake(shard);
            return;
        }

        var owner = shard.Owner;
        if (!Network.CanReach(from.Node, owner)) return;
        owner.Run(() =>
        {
            if (shard.Owner == owner || owner.IsRemoved) CellOn(owner, shard.Id).Deliver(message, from);
            else Arrive(shard, from, message);
        });
    }

    private EntityCell CellOn(Node node, EntityId id)
    {
        if (!node.Cells.TryGetValue(id, out var cell)) node.Cells.Add(id, cell = new EntityCell(world, node, id));
        return cell;
    }
}
