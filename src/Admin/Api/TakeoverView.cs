using Postfleet.Spool.Common;

namespace Postfleet.Admin.Api;

/// <summary>A change of the owner of a queue.</summary>
/// <param name="Owner">The node that has the queue since then, as host:port.</param>
/// <param name="FormerOwner">The node that had it before, as host:port.</param>
/// <param name="Reason">node-lost, node-left or rebalanced; null where the new owner did not see it.</param>
/// <param name="Text">All of it in words.</param>
public sealed record TakeoverView(string Owner, string FormerOwner, string? Reason, string Text)
{
    internal static TakeoverView Of(QueueTakeover change)
    {
        var (reason, words) = change.Reason switch
        {
            TakeoverReason.NodeLost => ("node-lost", ", which the cluster has lost"),
            TakeoverReason.NodeLeft => ("node-left", ", which has left"),
            TakeoverReason.Rebalanced => ("rebalanced", ", which had more queues"),
            _ => ((string?)null, ""),
        };
        return new TakeoverView(
            change.Owner, change.FormerOwner, reason, $"{change.Owner} has taken the queue over from {change.FormerOwner}{words}");
    }
}
