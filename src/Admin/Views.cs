namespace Postfleet.Admin;

/// <summary>Totals over all queues.</summary>
internal sealed record QueueTotals(long Messages, long Recipients, long Due, long Deferred, long InFlight);

/// <summary>One queue, as the API shows it.</summary>
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
    string? Destination);

/// <summary>One captured message, as the API lists it.</summary>
internal sealed record CapturedView(
    string Id,
    string Queue,
    DateTimeOffset CapturedAt,
    string From,
    IReadOnlyList<string> Recipients,
    long Size,
    string Subject);
