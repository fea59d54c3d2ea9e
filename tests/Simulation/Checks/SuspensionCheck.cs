using Postfleet.Core.Queueing;
using Postfleet.QueueActors.Events;
using Postfleet.Simulation.Tests.Models;

namespace Postfleet.Simulation.Tests.Checks;

/// <summary>A queue starts no attempt while its node knows that it is suspended.</summary>
internal static class SuspensionCheck
{
    /// <summary>A queue writes rows.</summary>
    public static void Check(Node node, QueueKey queue, IReadOnlyList<object> rows)
    {
        if (node.Suspended.Contains(queue) && rows.OfType<QueueEventBatch>().Any(row => row.Events.Any(e => e is AttemptsStarted)))
            throw new PromiseBrokenException("suspended", $"{queue} starts attempts although it is suspended");
    }
}
