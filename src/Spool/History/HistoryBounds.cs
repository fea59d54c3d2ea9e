namespace Postfleet.Spool.History;

/// <summary>The bounds of the history.</summary>
/// <param name="Retention">How long events are kept.</param>
/// <param name="MaxBytes">The octets that events take at most in the storage.</param>
internal sealed record HistoryBounds(TimeSpan Retention, long MaxBytes);
