using System.Globalization;
using Postfleet.Admin.Api;
using Postfleet.Contracts.Stats;

namespace Postfleet.Admin.Queues;

/// <summary>Finds the present constraint of a destination, and the constraints that a queue has from it. Pure.</summary>
internal static class SiteReason
{
    private const string DnsFailed = "4.4.3";

    // How a destination tells a queue of a pause, which may be of one stream.
    private const string OfRulePause = " paused by the rule ";

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
        if (site?.PausedUntil > now)
        {
            return new WhyView(
                "paused-by-rule", site.Rule, site.PausedSince, site.PausedUntil, null, site.RuleReply,
                $"the rule {site.Rule} pauses the destination: {site.RuleReply}");
        }

        var isDown = site?.DownUntil > now;
        if (!isDown && !(pause?.Until > now)) return null;
        var reply = (isDown ? site!.Reply : pause!.Reply) ?? "";
        var since = site?.DownSince is { } down && !(pause?.Since < down) ? down : pause?.Since;
        // The first of both tries brings the other along.
        var until = isDown && !(pause?.Until < site!.DownUntil) ? site!.DownUntil : pause!.Until;
        var isDns = reply.Length > DnsFailed.Length
            && reply.AsSpan(Math.Min(4, reply.Length)).StartsWith(DnsFailed, StringComparison.Ordinal);
        if (reply.Contains(OfRulePause, StringComparison.Ordinal))
            return new WhyView("paused-by-rule", null, since, until, null, reply, $"a rule for replies pauses this mail: {reply}");
        return new WhyView(
            isDns ? "dns-failing" : "site-unavailable", null, since, until, null, reply,
            isDns ? $"the DNS does not answer: {reply}" : $"the site could not be reached: {reply}");
    }

    // The factor and the time of the next rise, where a rule for replies has lowered the limit.
    private static string Lowered(DestinationCounts site, string setting) => setting == $"rule {site.Rule}" && site.Factor is { } factor
        ? string.Create(
            CultureInfo.InvariantCulture,
            $", which has left {factor:0.####} of it after: {site.RuleReply}; it may rise at {site.RisesAt:u}")
        : "";

    /// <summary>A limit of the site that is used up.</summary>
    public static WhyView? Limited(DestinationCounts? site)
    {
        // A node of an older version does not say until when.
        if (site is { RateUntil: not null } or { Tokens: <= 0, Waiting: > 0, RateSince: null })
        {
            return new WhyView(
                "rate", site.RateSetting, site.RateSince, site.RateUntil, null, OfRule(site.RateSetting),
                $"the rate of the site is used up: {site.MaxRate} by {site.RateSetting}{Lowered(site, site.RateSetting)}");
        }

        return site is { MaxConnections: > 0 } && site.Connections >= site.MaxConnections
            ? new WhyView(
                "connections", site.ConnectionsSetting, site.FullSince, null, null, OfRule(site.ConnectionsSetting),
                $"all {site.MaxConnections} connections of the site, by {site.ConnectionsSetting}, are in use"
                    + Lowered(site, site.ConnectionsSetting))
            : null;

        string? OfRule(string setting) => setting == $"rule {site.Rule}" ? site.RuleReply : null;
    }
}
