using Postfleet.Contracts.Messages;
using Postfleet.Core.Queueing;
using Postfleet.QueueActors.State;
using Postfleet.Simulation.Tests.Machinery;
using Postfleet.Simulation.Tests.Shells;

namespace Postfleet.Simulation.Tests.Models;

/// <summary>
/// Orders actions and suspensions in some runs. As the owner of the actions does, it repeats an order until the queue has confirmed it;
/// the node that it asks from changes. When the faults have ended it releases all mail and ends all suspensions.
/// </summary>
internal sealed class Operator(World world)
{
    private static readonly TimeSpan RepeatAfter = TimeSpan.FromSeconds(5);
    // A part that is moved while the first release is carried out, and that its new queue gets late, is in time for a later one.
    private static readonly TimeSpan[] ReleasesAfter = [TimeSpan.FromSeconds(60), TimeSpan.FromSeconds(240), TimeSpan.FromSeconds(600)];
    private static readonly MessageAction[] Actions =
        [
            MessageAction.Retry, MessageAction.Bounce, MessageAction.Delete, MessageAction.Hold, MessageAction.Hold, MessageAction.Release,
            MessageAction.Move, MessageAction.Move];

    private readonly Chance _chance = new(world.Plan.Seed, 12);
    private readonly HashSet<QueueKey> _suspended = [];
    private readonly Dictionary<QueueKey, int> _released = [];
    private readonly HashSet<int> _cancelled = [];
    private int _lastNumber;
    private bool _isOver;
    private bool _hasEnded;

    /// <summary>The suspensions in force.</summary>
    public IReadOnlySet<QueueKey> Suspended => _suspended;

    public void Start()
    {
        if (!_chance.Is(0.4)) return;
        for (var left = _chance.Between(1, 8); left > 0; left--)
        {
            var (number, isOther, action) = (_chance.Below(world.Queues.Count), _chance.Is(0.3), _chance.Of(Actions));
            var queue = (isOther ? world.OtherQueues : world.Queues)[number];
            world.Scheduler.After(Time(), () => Order(queue, action));
        }

        for (var left = _chance.Between(0, 3); left > 0; left--)
        {
            var (queue, time) = (_chance.Of(world.Queues), Time());
            world.Scheduler.After(time, () => Suspend(queue, true));
            world.Scheduler.After(time + _chance.Seconds(1, 600), () => Suspend(queue, false));
        }

        world.Scheduler.After(world.Plan.FaultPeriod, End);
    }

    private TimeSpan Time() => _chance.Seconds(0, world.Plan.FaultPeriod.TotalSeconds);

    private void End()
    {
        _isOver = _hasEnded = true;
        foreach (var queue in _suspended.ToList()) Suspend(queue, false);
        foreach (var time in ReleasesAfter)
        {
            world.Scheduler.After(time, () =>
            {
                // Copies of earlier orders have arrived by now.
                _isOver = false;
                foreach (var queue in world.Queues.Concat(world.OtherQueues)) Order(queue, MessageAction.Release);
            });
        }
    }

    private void Order(QueueKey queue, MessageAction action)
    {
        var order = new ApplyAction(queue, ++_lastNumber, action, world.Scheduler.Now.AddDays(1), [], "")
        {
            Stream = action == MessageAction.Move ? OtherStream(queue) : "",
        };
        world.Trace?.Add($"action {order.Number}: {action} in {queue}");
        if (action == MessageAction.Release) _released[queue] = order.Number;
        Send(order, world.Ledger.FindOwned(queue));
        if (action != MessageAction.Release && _chance.Is(0.15))
            world.Scheduler.After(_chance.Seconds(0, 20), () => Cancel(order));
        // A new owner of the actions repeats what was confirmed since the last cursor.
        if (!_chance.Is(0.4)) return;
        world.Scheduler.After(_chance.Seconds(1, 300), () =>
        {
            // After the last release, nobody would release a message that a late copy puts on hold.
            if (!_hasEnded) Send(order, []);
        });
    }

    private string OtherStream(QueueKey queue) =>
        world.Queues.Contains(queue) ? world.OtherQueues[0].Stream : world.Queues.First(each => each.Domain == queue.Domain).Stream;

    private void Cancel(ApplyAction order)
    {
        _cancelled.Add(order.Number);
        world.Trace?.Add($"action {order.Number} is cancelled");
        if (world.Members.FirstOrDefault(node => node.IsRunning) is { } node)
            world.Sharding.Send(
                new OperatorShell(node, _ => { }), Sharding.Queue(order.Queue), new WithdrawAction(order.Queue, order.Number));
    }

    private void Send(ApplyAction order, IReadOnlyList<PartId> meant)
    {
        if (_isOver || _cancelled.Contains(order.Number)) return;
        var isConfirmed = false;
        var nodes = world.Members.Where(node => node.IsRunning).ToArray();
        if (nodes.Length > 0)
        {
            var actor = new OperatorShell(_chance.Of(nodes), progress =>
            {
                if (!progress.IsComplete || progress.Number != order.Number) return;
                isConfirmed = true;
                // A release withdraws earlier holds that wait for the end of an attempt.
                var isWithdrawn = order.Action == MessageAction.Hold && _released.GetValueOrDefault(order.Queue) > order.Number;
                if (!isWithdrawn) world.Ledger.CheckApplied(order, meant);
            });
            world.Sharding.Send(actor, Sharding.Queue(order.Queue), order);
        }

        world.Scheduler.After(RepeatAfter, () =>
        {
            if (!isConfirmed) Send(order, meant);
        });
    }

    // Each node hears of it within a second.
    private void Suspend(QueueKey queue, bool isSuspended)
    {
        if (!(isSuspended ? !_isOver && _suspended.Add(queue) : _suspended.Remove(queue))) return;
        world.Trace?.Add($"{queue} is {(isSuspended ? "suspended" : "resumed")}");
        foreach (var node in world.Members)
        {
            world.Scheduler.After(_chance.Milliseconds(1, 1000), () => node.Run(() =>
            {
                node.Suspended = [.. _suspended];
                var cell = node.Cells.GetValueOrDefault(Sharding.Queue(queue));
                cell?.Entity?.Receive(new QueueCommand.SuspensionChanged(), cell.Entity);
            }));
        }
    }
}
