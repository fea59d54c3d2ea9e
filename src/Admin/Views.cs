using Postfleet.Admin.Messages;

namespace Postfleet.Admin;

/// <summary>A queue in responses of the API.</summary>
internal sealed record QueueView(
    string Key,
    int Messages,
    int Recipients,
    int Due,
    int Deferred,
    int InFlight,
    DateTimeOffset? OldestAcceptedAt,
    DateTimeOffset? NextDue,
    string? LastReply,
    string? Destination,
    string Node)
{
    public static QueueView Of(QueueStatistics report, string node) => new(
        report.Queue.Value, report.Counts.Messages, report.Counts.Recipients, report.Counts.Due, report.Counts.Deferred,
        report.Counts.InFlight,
        report.Counts.OldestAcceptedAt, report.Counts.NextDue, report.Counts.LastReply, report.Counts.Destination, node);
}

/// <summary>Accepted mail claimed by no queue, in responses of the API.</summary>
/// <param name="Messages">The number of messages. A message for several queues counts once for each queue.</param>
/// <param name="Recipients">The number of their recipients.</param>
/// <param name="OldestAcceptedAt">When the oldest message was accepted.</param>
/// <param name="IsComplete">Whether all unclaimed messages are counted.</param>
internal sealed record UnclaimedView(int Messages, long Recipients, DateTimeOffset? OldestAcceptedAt, bool IsComplete);

/// <summary>A destination in responses of the API.</summary>
internal sealed record DestinationView(
    string Id,
    int Queues,
    int Waiting,
    int Running,
    int Connections,
    int Granted,
    int Unacknowledged,
    int MaxConnections,
    string MaxRate,
    int? Tokens,
    DateTimeOffset? DownUntil,
    string? Reply,
    string Node)
{
    public static DestinationView Of(DestinationStatistics report, string node) => new(
        report.Destination.Value, report.Counts.Queues, report.Counts.Waiting, report.Counts.Running, report.Counts.Connections,
        report.Counts.Granted,
        report.Counts.Unacknowledged, report.Counts.MaxConnections, report.Counts.MaxRate, report.Counts.Tokens, report.Counts.DownUntil,
        report.Counts.Reply, node);
}

/// <summary>A captured message in responses of the API.</summary>
internal sealed record CapturedView(
    string Id,
    string Queue,
    DateTimeOffset CapturedAt,
    string From,
    IReadOnlyList<string> Recipients,
    long Size,
    string Subject);
