using Postfleet.Core.Queueing;
using Postfleet.QueueActors.State;
using Postfleet.Simulation.Tests.Models;

namespace Postfleet.Simulation.Tests.Checks;

/// <summary>
/// When a delivery node is given up, its jobs are sent again within <see cref="World.ResendWithin"/>.
/// </summary>
internal static class ResendCheck
{
    /// <summary>Looks at the queue's entries when the time is over.</summary>
    public static void Expect(
        World world, Node node, QueueKey queue, DestinationId destination, QueueState state, Node gone, Func<bool> isExcused)
    {
        var (since, freezes) = (node.Now.UtcTicks, node.Freezes);
        world.Scheduler.After(World.ResendWithin, () =>
        {
            if (isExcused() || !node.IsRunning || node.Freezes != freezes || node.IsRemoved) return;
            if (state.Entries.FirstOrDefault(IsUnsent) is { } entry)
            {
                var what = $"{queue} has not sent attempt {entry.Attempt} again, although {gone} is gone";
                throw new PromiseBrokenException("slow", what, entry.Message);
            }
        });

        bool IsUnsent(QueueEntry entry) => entry.IsInFlight && entry.Destination == destination && entry.SentAt > 0 && entry.SentAt < since;
    }
}
