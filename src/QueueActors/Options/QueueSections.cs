namespace Postfleet.QueueActors.Options;

/// <summary>The sections of the configuration for the queues.</summary>
public sealed record QueueSections
{
    /// <summary>Section <c>Queues</c>.</summary>
    public QueueOptions Queues { get; init; } = new();

    /// <summary>Section <c>Streams</c>.</summary>
    public IReadOnlyList<StreamOptions> Streams { get; init; } = [];

    /// <summary>Section <c>Notifications</c>.</summary>
    public NotificationOptions Notifications { get; init; } = new();
}
