using Postfleet.Admin.Api;
using Postfleet.Admin.Http;
using Postfleet.Contracts.Stats;
using Postfleet.Core.Queueing;

namespace Postfleet.Admin.Queues;

/// <summary>Maps the facts of queues and destinations to their JSON. Pure.</summary>
internal static class QueueMapping
{
    /// <summary>A queue.</summary>
    public static QueueDetail View(QueueKey queue, QueueFacts facts, string node, WhyView why, DateTimeOffset now)
    {
        var counts = facts.Counts;
        return new QueueDetail(
            queue.Value, counts.Messages, counts.Recipients, counts.Due, counts.Deferred, counts.InFlight, counts.Held,
            counts.OldestAcceptedAt, counts.NextDue, counts.LastReply, counts.Destination, node,
            counts.OldestAcceptedAt is { } oldest ? Math.Max(0, (long)(now - oldest).TotalSeconds) : null, why,
            facts.Description is { } description
                ? new ActivityView(
                    description.CountedSince, View(description.Delivered), View(description.Deferred), View(description.Failed))
                : null,
            [.. (facts.Description?.Messages ?? []).Select(View)]);
    }

    /// <summary>A message in a queue.</summary>
    public static WaitingView View(WaitingMessage message) => new(
        message.Message.ToString(), JsonNames.Write(message.State), message.NextAttempt, message.Attempts, message.Recipients,
        message.AcceptedAt, OrNull(message.LastReply), OrNull(message.RemoteHost));

    /// <summary>A destination.</summary>
    /// <param name="id">Its id.</param>
    /// <param name="node">Its node; null while no node sends to it.</param>
    /// <param name="counts">Its counts, or its limits alone.</param>
    /// <param name="explained">All limits by the configuration of this node.</param>
    /// <param name="description">Its description; null without one.</param>
    /// <param name="why">Its constraint.</param>
    /// <param name="mail">The sums over the queues behind it, and the largest of these queues.</param>
    /// <param name="unanswered">The nodes without an answer in time.</param>
    /// <param name="now">The time.</param>
    public static DestinationDetail View(
        DestinationId id, string? node, DestinationCounts counts, IReadOnlyList<EffectiveLimit> explained,
        DestinationDescription? description, WhyView why,
        (QueueTotalsView Total, int Count, IReadOnlyList<QueueView> Queues) mail, IReadOnlyList<string> unanswered, DateTimeOffset now) =>
        new(
            id.Value, node, why, Limits(counts, explained), counts.Tokens,
            counts.DownSince is null && counts.DownUntil is null ? null : new BackOffView(counts.DownSince, counts.DownUntil, counts.Reply),
            counts.Waiting, counts.Running, counts.Wanted, counts.Granted, counts.Unacknowledged, description?.LastDeliveryAt, mail.Total,
            mail.Count,
            [.. (description?.Connections ?? []).Select(each => new ConnectionView(
                each.Number, JsonNames.Write(each.Phase), Seconds(now - each.OpenedAt), Seconds(now - each.PhaseSince), each.RemoteHost,
                each.Source, each.Tls, each.Messages, each.Part?.Message.ToString(), each.Part?.Queue.Value))],
            [.. (description?.Replies ?? []).Select(each => new ReplyView(each.At, each.Count, each.Reply, OrNull(each.RemoteHost)))],
            mail.Queues,
            [.. (description?.Queues ?? []).Select(each => new TurnView(each.Queue.Value, each.Waiting, each.Wanted, each.Granted))],
            [.. (description?.Streams ?? []).Select(each => new StreamTurnView(
                each.Stream, each.Weight, each.Queues, each.Waiting, each.Wanted, each.Granted,
                each.Slowed.Length > 0 ? each.Slowed : null))],
            unanswered.Count == 0, unanswered);

    /// <summary>A setting of a queue.</summary>
    public static LimitView View(QueueSetting setting) => new(JsonNames.Property(setting.Name), setting.Value, setting.Key);

    /// <summary>The limits of a destination.</summary>
    public static IEnumerable<LimitView> Limits(DestinationCounts? site)
    {
        if (site is { MaxConnections: > 0 })
            yield return new LimitView("connections", $"{site.MaxConnections}", site.ConnectionsSetting);
        if (site is { MaxRate.Length: > 0, RateSetting.Length: > 0 }) yield return new LimitView("rate", site.MaxRate, site.RateSetting);
    }

    /// <summary>The limits in force with their keys: those that the node of the destination shows, and the others by this node.</summary>
    public static IReadOnlyList<LimitView> Limits(DestinationCounts? site, IEnumerable<EffectiveLimit> explained)
    {
        List<LimitView> limits = [.. Limits(site)];
        limits.AddRange(explained.Where(each => !limits.Exists(limit => limit.Name == each.Name))
            .Select(each => new LimitView(each.Name, each.Value, each.Setting)));
        return limits;
    }

    private static CountsView View(RecentCounts counts) => new(counts.Minute, counts.Hour, counts.Day);

    private static double Seconds(TimeSpan time) => Math.Round(Math.Max(0, time.TotalSeconds), 1);

    private static string? OrNull(string text) => text.Length == 0 ? null : text;
}
