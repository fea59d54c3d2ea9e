namespace Postfleet.Frontend.Session;

/// <summary>What checks have said about mail that is still to come: the headers that it gets, and who has it discarded.</summary>
/// <param name="Headers">The headers, in the order in which the checks gave them; null for none.</param>
/// <param name="DiscardedBy">The check that has the mail discarded; null where it is delivered.</param>
internal readonly record struct StageMarks(IReadOnlyList<ReadOnlyMemory<byte>>? Headers, string? DiscardedBy)
{
    /// <summary>What a stage says whose command is taken.</summary>
    public static StageMarks Of(in StageResult result) => new(result.Headers, result.IsDiscarded ? result.By : null);
}
