using Postfleet.Core.Queueing;
using Postfleet.Simulation.Tests.Machinery;
using Postfleet.Simulation.Tests.Shells;

namespace Postfleet.Simulation.Tests.Models;

/// <summary>
/// A shard's part for an entity on its node: starts the entity for its first message, keeps messages during passivation, and restarts a
/// failed queue.
/// </summary>
internal sealed class EntityCell(World world, Node node, EntityId id)
{
    // akka.cluster.sharding.entity-restart-backoff
    private static readonly TimeSpan RestartAfter = TimeSpan.FromSeconds(10);

    private readonly Chance _chance = new(world.Plan.Seed, 12);
    private readonly List<(object Message, IActor From)> _kept = [];
    private bool _isPassivating;
    private bool _isHandingOver;

    /// <summary>The entity while it runs.</summary>
    public IEntity? Entity { get; private set; }

    public void Start()
    {
        if (Entity is not null || _isHandingOver) return;
        if (id.IsQueue) Remember(true);
        world.Trace?.Add($"{id} starts on {node}");
        Entity = id.IsQueue ? NewQueue(QueueKey.FromTrusted(id.Name))
            : new DestinationShell(world, this, node, new DestinationId(id.Name));
        Entity.Start();
    }

    public void Deliver(object message, IActor from)
    {
        if (_isPassivating)
        {
            _kept.Add((message, from));
            return;
        }

        Start();
        Entity?.Receive(message, from);
    }

    /// <summary>
    /// The entity asks to be stopped. Messages already in the shard's mailbox still reach the entity. Later messages are kept for the next
    /// entity.
    /// </summary>
    public void Passivate(IEntity entity) => node.After(AskTime(), () =>
    {
        if (Entity != entity || _isPassivating || _isHandingOver) return;
        _isPassivating = true;
        node.After(TimeSpan.FromMilliseconds(1), () =>
        {
            if (Entity == entity) entity.Stop();
        });
    });

    /// <summary>The shard moves.</summary>
    public void HandOver()
    {
        _isHandingOver = true;
        if (Entity is null) world.Sharding.HandedOver(id, node);
        else Entity.Stop();
    }

    public void Stopped(IEntity entity)
    {
        if (Entity != entity) return;
        Entity = null;
        world.DeathWatch.Stopped(entity);
        world.Trace?.Add($"{id} has stopped on {node}");
        if (_isHandingOver)
        {
            world.Sharding.HandedOver(id, node);
        }
        else if (_isPassivating)
        {
            _isPassivating = false;
            if (id.IsQueue && _kept.Count == 0) Remember(false);
            var kept = _kept.ToArray();
            _kept.Clear();
            foreach (var (message, from) in kept) Deliver(message, from);
            if (kept.Length == 0) node.Cells.Remove(id);
        }
        else if (id.IsQueue)
        {
            node.After(RestartAfter, () =>
            {
                if (node.Cells.GetValueOrDefault(id) == this) Start();
            });
        }
        else
        {
            node.Cells.Remove(id);
        }
    }

    // As QueueProducer chooses.
    private IEntity NewQueue(QueueKey queue) =>
        node.Pauses.Left(queue) is { Ticks: > 0 } pause && !world.Breaks(BrokenRule.RecoveryNotPaused)
            ? new PausedQueueShell(this, node, pause) : new QueueShell(world, this, node, queue);

    // A busy shard reads its mailbox late.
    private TimeSpan AskTime() => _chance.Is(0.5) ? _chance.Seconds(0, 9) : _chance.Milliseconds(0, 2);

    // A removed node has no influence on remembered entities.
    private void Remember(bool isRemembered)
    {
        if (!node.IsRemoved) world.Sharding.Remember(id, isRemembered);
    }
}
