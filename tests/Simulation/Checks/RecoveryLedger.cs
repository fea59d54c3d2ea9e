using Postfleet.Core.Queueing;
using Postfleet.Simulation.Tests.Machinery;
using Postfleet.Simulation.Tests.Models;

namespace Postfleet.Simulation.Tests.Checks;

/// <summary>
/// Failed recoveries by node and queue. After a failure the node pauses before the next read: 1 second at first, twice as long after each
/// further failure, at most 8 seconds.
/// </summary>
internal sealed class RecoveryLedger(Scheduler scheduler)
{
    private const int MaxPauseSeconds = 8;

    private readonly Dictionary<(Node, QueueKey), (int Pause, DateTimeOffset At)> _failed = [];

    public void Begins(Node node, QueueKey queue)
    {
        if (_failed.TryGetValue((node, queue), out var last) && scheduler.Now - last.At < TimeSpan.FromSeconds(last.Pause))
            throw new PromiseBrokenException(
                "recovery", $"{node} reads {queue} again {scheduler.Now - last.At} after a failure that a pause of {last.Pause} s follows");
    }

    public void Failed(Node node, QueueKey queue)
    {
        var pause = _failed.TryGetValue((node, queue), out var last) ? Math.Min(2 * last.Pause, MaxPauseSeconds) : 1;
        _failed[(node, queue)] = (pause, scheduler.Now);
    }

    public void Succeeded(Node node, QueueKey queue) => _failed.Remove((node, queue));
}
