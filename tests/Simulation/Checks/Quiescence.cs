using Postfleet.Core.Queueing;

namespace Postfleet.Simulation.Tests.Checks;

/// <summary>Finds rows, events, entities and memory left over when all mail should have reached its final outcome.</summary>
internal static class Quiescence
{
    public static (string What, MessageId? About)? FindRest(World world)
    {
        var spool = world.Storage.Spool;
        if (spool.Any is { } part) return ($"{part.Queue} has a part in the spool, {spool.Parts} in all", part.Message);
        if (world.Ledger.FindUnreported() is { } unreported) return ("a failure was never reported to its sender", unreported.Message);
        if (spool.Noted > 0) return ($"something is noted about {spool.Noted} messages and not reported", null);
        if (spool.Messages > 0) return ($"{spool.Messages} message rows without parts", null);
        foreach (var node in world.Members)
        {
            if (!node.IsRunning || node.IsLeaving) return ($"{node} is not there yet", null);
            if (node.Gate.IsClosed) return ($"the gate of {node} is closed", null);
            if (node.HandOff.State.Count + node.HandOff.State.Held > 0)
                return ($"{node} has {node.HandOff.State.Count} parts in its hands", null);
            if (node.Sweeper?.State.Out > 0) return ($"the sweeper on {node} waits for {node.Sweeper.State.Out} parts", null);
            if (node.Cells.Count > 0) return ($"{node} still runs {string.Join(", ", node.Cells.Keys)}", null);
        }

        if (world.Cluster.Strays.Count > 0) return ("a node that was given up still runs", null);
        if (world.Sharding.Kept > 0) return ($"{world.Sharding.Kept} messages wait for an owner", null);
        if (world.Sharding.Remembered > 0) return ($"{world.Sharding.Remembered} empty queues are remembered", null);
        if (world.Storage.Journal.Live > 0) return ($"the journal holds {world.Storage.Journal.Live} rows of empty queues", null);
        if (world.Storage.Journal.Marked > 1) return ($"the journal holds {world.Storage.Journal.Marked} deleted rows of one queue", null);
        return world.Sites.Values.FirstOrDefault(site => site.Connections > 0) is { } site
            ? ($"{site.Id} sees {site.Connections} connections", null) : null;
    }
}
