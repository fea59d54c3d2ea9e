using Postfleet.Contracts.Receiving;

namespace Postfleet.Frontend.Session;

/// <summary>The result of running the checks of a stage: a verdict, or a question.</summary>
/// <param name="Verdict">The verdict of the stage; without meaning while there is a question.</param>
/// <param name="Headers">The headers to add, in the order of the checks; null for none.</param>
/// <param name="By">The name of the check with another verdict than acceptance; empty when all checks accept.</param>
/// <param name="Question">The question which stopped the run; null for none.</param>
internal readonly record struct StageResult(Verdict Verdict, List<ReadOnlyMemory<byte>>? Headers, string By, Question? Question)
{
    /// <summary>Whether the client gets a positive reply and nothing is delivered.</summary>
    public bool IsDiscarded => Verdict.Kind == VerdictKind.Discard;
}
