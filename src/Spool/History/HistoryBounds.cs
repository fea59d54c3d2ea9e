namespace Postfleet.Spool.History;

/// <summary>The bounds of the history.</summary>
/// <param name="Retention">How long events are kept.</param>
/// <param name="MaxBytes">The maximum space of events in the storage, in octets.</param>
internal sealed record HistoryBounds(TimeSpan Retention, long MaxBytes);
