using Postfleet.Admin.Api;
using Postfleet.Contracts.Stats;
using Postfleet.Core.Queueing;
using Postfleet.Core.Units;

namespace Postfleet.Admin.Queues;

/// <summary>Finds the present constraint of a queue. Pure.</summary>
internal static class QueueReason
{
    /// <summary>Finds the first constraint in order of precedence: it has to end before others matter.</summary>
    /// <param name="queue">The counts of the queue.</param>
    /// <param name="site">The counts of its destination; null where they are not known.</param>
    /// <param name="suspension">Its suspension, or null.</param>
    /// <param name="now">The time.</param>
    public static WhyView Find(QueueCounts queue, DestinationCounts? site, Suspension? suspension, DateTimeOffset now)
    {
        if (suspension is not null)
        {
            var reason = suspension.Reason.Length == 0 ? "" : $": {suspension.Reason}";
            return new WhyView(
                "suspended", $"action {suspension.Action}", null, suspension.Until, null, null,
                $"action {suspension.Action} suspends the queue{reason}");
        }

        if (site?.DownUntil > now)
        {
            return new WhyView(
                "site-unavailable", null, null, site.DownUntil, null, site.Reply, $"the site could not be reached: {site.Reply}");
        }

        if (queue.Due > 0) return OfDue(queue, site, now);
        if (queue.InFlight > 0) return new WhyView("sending", null, null, null, null, null, $"{queue.InFlight} messages are being sent");
        return queue.Deferred > 0
            ? new WhyView(
                "retry-pause", null, null, queue.NextDue, null, queue.LastReply,
                queue.Deferred == 1 ? "1 message waits for its next attempt" : $"{queue.Deferred} messages wait for their next attempt")
            : new WhyView("nothing-due", null, null, queue.NextDue, null, queue.LastReply, "no message is due");
    }

    private static WhyView OfDue(QueueCounts queue, DestinationCounts? site, DateTimeOffset now)
    {
        if (queue.Destination is null)
        {
            return new WhyView(
                "route-unknown", null, null, queue.NextDue, null, queue.LastReply,
                $"the route of {queue.Due} due messages is not resolved");
        }

        if (site is { Tokens: <= 0 })
        {
            var estimate = Rate.TryParse(site.MaxRate, out var rate) && !rate.IsNone ? now + rate.Interval * queue.Messages
                : (DateTimeOffset?)null;
            return new WhyView(
                "rate", site.RateSetting, null, null, estimate, null,
                $"the rate of the site is used up: {site.MaxRate} by {site.RateSetting}");
        }

        if (site is { MaxConnections: > 0 } && site.Connections >= site.MaxConnections)
        {
            return new WhyView(
                "connections", site.ConnectionsSetting, null, null, null, null,
                $"all {site.MaxConnections} connections of the site, by {site.ConnectionsSetting}, are in use");
        }

        return queue.InFlight > 0
            ? new WhyView("sending", null, null, null, null, null, $"{queue.InFlight} messages are being sent, {queue.Due} follow")
            : new WhyView("credit", null, null, null, null, null, $"{queue.Due} due messages wait for their turn at the destination");
    }
}
