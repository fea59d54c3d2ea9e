namespace Postfleet.Frontend.Session;

/// <summary>
/// The verdict of the connect or hello stage on later messages: headers to add, and whether messages are discarded.
/// </summary>
/// <param name="Headers">The headers, in the order of the checks; null for none.</param>
/// <param name="DiscardedBy">The check discarding the messages; null for none.</param>
internal readonly record struct StandingVerdict(IReadOnlyList<ReadOnlyMemory<byte>>? Headers, string? DiscardedBy)
{
    /// <summary>The standing verdict of a stage after accepting its command.</summary>
    public static StandingVerdict Of(in StageResult result) => new(result.Headers, result.IsDiscarded ? result.By : null);
}
