using Postfleet.Admin.Api;
using Postfleet.Contracts.Stats;

namespace Postfleet.Admin.Queues;

/// <summary>Finds the present constraint of a destination, and the constraints that a queue has from it. Pure.</summary>
internal static class SiteReason
{
    private const string DnsFailed = "4.4.3";

    /// <summary>The constraint of a destination.</summary>
    /// <param name="site">Its counts; null while no node sends to it.</param>
    /// <param name="node">Its node.</param>
    /// <param name="now">The time.</param>
    public static WhyView Find(DestinationCounts? site, string node, DateTimeOffset now)
    {
        if (site is null) return Of("inactive", "no node sends to the destination now");
        return Leaving(site, node) ?? Unavailable(site, null, now) ?? Limited(site)
            ?? (site.Running > 0 ? Of("sending", $"{Messages(site.Running)} being sent, {site.Waiting} wait here")
                : Of("nothing-due", "no message waits for the destination"));
    }

    /// <summary>A constraint without further properties.</summary>
    public static WhyView Of(string constraint, string text) => new(constraint, null, null, null, null, null, text);

    /// <summary>A number of messages with its verb.</summary>
    public static string Messages(int count) => count == 1 ? "1 message is" : $"{count} messages are";

    /// <summary>A destination whose node leaves.</summary>
    public static WhyView? Leaving(DestinationCounts? site, string node) => site is { IsLeaving: true }
        ? Of("node-leaving",
            $"the node of the destination{(node.Length == 0 ? "" : $", {node},")} accepts no more messages: it leaves, or " +
            "another node takes the destination over")
        : null;

    /// <summary>A site that cannot be reached, or whose names cannot be looked up.</summary>
    /// <param name="site">The counts of the destination.</param>
    /// <param name="pause">The pause of a queue.</param>
    /// <param name="now">The time.</param>
    public static WhyView? Unavailable(DestinationCounts? site, SitePauseFacts? pause, DateTimeOffset now)
    {
        var isDown = site?.DownUntil > now;
        if (!isDown && !(pause?.Until > now)) return null;
        var reply = (isDown ? site!.Reply : pause!.Reply) ?? "";
        var since = site?.DownSince is { } down && !(pause?.Since < down) ? down : pause?.Since;
        // The first of both tries brings the other along.
        var until = isDown && !(pause?.Until < site!.DownUntil) ? site!.DownUntil : pause!.Until;
        var isDns = reply.Length > DnsFailed.Length
            && reply.AsSpan(Math.Min(4, reply.Length)).StartsWith(DnsFailed, StringComparison.Ordinal);
        return new WhyView(
            isDns ? "dns-failing" : "site-unavailable", null, since, until, null, reply,
            isDns ? $"the DNS does not answer: {reply}" : $"the site could not be reached: {reply}");
    }

    /// <summary>A limit of the site that is used up.</summary>
    public static WhyView? Limited(DestinationCounts? site)
    {
        // A node of an older version does not say until when.
        if (site is { RateUntil: not null } or { Tokens: <= 0, Waiting: > 0, RateSince: null })
        {
            return new WhyView(
                "rate", site.RateSetting, site.RateSince, site.RateUntil, null, null,
                $"the rate of the site is used up: {site.MaxRate} by {site.RateSetting}");
        }

        return site is { MaxConnections: > 0 } && site.Connections >= site.MaxConnections
            ? new WhyView(
                "connections", site.ConnectionsSetting, site.FullSince, null, null, null,
                $"all {site.MaxConnections} connections of the site, by {site.ConnectionsSetting}, are in use")
            : null;
    }
}
