using Postfleet.QueueActors.HandOff;
using Postfleet.Simulation.Tests.Checks;
using Postfleet.Simulation.Tests.Machinery;

namespace Postfleet.Simulation.Tests.Models;

/// <summary>
/// The gate of a node at which clients wait while queues are behind, as <see cref="HandOffGate"/> is: until it opens, for a second at most.
/// </summary>
internal sealed class Gate(World world, Node node)
{
    private readonly List<Action> _waiting = [];

    public bool IsClosed { get; private set; }

    public void Close()
    {
        if (!IsClosed) world.Trace?.Add($"{node} holds clients up");
        IsClosed = true;
    }

    public void Open()
    {
        IsClosed = false;
        foreach (var waiting in _waiting) node.After(TimeSpan.Zero, waiting);
        _waiting.Clear();
    }

    /// <summary>Lets a client pass as soon as the gate is open, or after the longest wait.</summary>
    public void Pass(Action next)
    {
        if (!IsClosed)
        {
            next();
            return;
        }

        var (since, freezes, hasPassed) = (world.Scheduler.Now, node.Freezes, false);
        _waiting.Add(PassOnce);
        if (!world.Breaks(BrokenRule.GateWaitUnbounded)) node.After(HandOffGate.Longest, PassOnce);

        void PassOnce()
        {
            if (hasPassed) return;
            hasPassed = true;
            var waited = world.Scheduler.Now - since;
            if (waited > HandOffGate.Longest && node.Freezes == freezes)
                throw new PromiseBrokenException("gate", $"a client waits for {waited.TotalSeconds:F1} s at the gate of {node}");
            next();
        }
    }
}
