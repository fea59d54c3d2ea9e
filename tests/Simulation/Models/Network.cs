using Postfleet.Simulation.Tests.Machinery;

namespace Postfleet.Simulation.Tests.Models;

/// <summary>
/// Messages between nodes: lost, repeated, and delayed and thereby reordered, by the current faults. Within a node a message arrives at
/// once and once. Messages of a removed node are dropped.
/// </summary>
internal sealed class Network(World world)
{
    private readonly Chance _chance = new(world.Plan.Seed, 2);

    /// <summary>Share of messages lost.</summary>
    public double Loss { get; set; }

    /// <summary>Share of messages delivered twice.</summary>
    public double Repeats { get; set; }

    /// <summary>Share of messages with a delay of seconds.</summary>
    public double Slow { get; set; }

    public static bool CanReach(Node from, Node to) =>
        from == to || (!from.IsRemoved && !to.IsRemoved && !from.IsCut && !to.IsCut);

    public void Send(IActor from, IActor to, object message)
    {
        foreach (var delay in Copies(from.Node == to.Node))
        {
            world.Scheduler.After(delay, () =>
            {
                if (!CanReach(from.Node, to.Node)) return;
                to.Node.Run(() =>
                {
                    if (!to.IsStopped) to.Receive(message, from);
                });
            });
        }
    }

    /// <summary>The delay of each copy of a message.</summary>
    public IEnumerable<TimeSpan> Copies(bool isLocal)
    {
        if (isLocal)
        {
            yield return TimeSpan.FromMicroseconds(20);
            yield break;
        }

        if (!_chance.Is(Loss)) yield return Time();
        if (_chance.Is(Repeats)) yield return Time();
    }

    private TimeSpan Time() =>
        _chance.Is(Slow) ? _chance.Seconds(0.1, 20) : _chance.Is(0.005) ? _chance.Milliseconds(20, 1500) : _chance.Milliseconds(0.2, 3);
}
