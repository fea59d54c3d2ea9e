namespace Postfleet.Frontend.Session;

/// <summary>
/// The verdict of the connect or hello stage that applies to later messages: headers to add, and whether messages are discarded.
/// </summary>
/// <param name="Headers">The headers, in the order of the checks; null for none.</param>
/// <param name="DiscardedBy">The check that discards the messages; null for none.</param>
internal readonly record struct StandingVerdict(IReadOnlyList<ReadOnlyMemory<byte>>? Headers, string? DiscardedBy)
{
    /// <summary>The standing verdict of a stage that accepted its command.</summary>
    public static StandingVerdict Of(in StageResult result) => new(result.Headers, result.IsDiscarded ? result.By : null);
}
