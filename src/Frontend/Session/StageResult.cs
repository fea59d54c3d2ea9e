using Postfleet.Contracts.Receiving;

namespace Postfleet.Frontend.Session;

/// <summary>What the checks of a stage have come to.</summary>
/// <param name="Verdict">The verdict of them all. It does not count while there is a question.</param>
/// <param name="Headers">The headers to add, in the order in which the checks gave them; null for none.</param>
/// <param name="By">The check that ended the list; empty when all accept.</param>
/// <param name="Question">What has to be answered first; null where all is known.</param>
internal readonly record struct StageResult(Verdict Verdict, List<ReadOnlyMemory<byte>>? Headers, string By, Question? Question)
{
    /// <summary>Whether the client is told that it was taken, and nothing is delivered.</summary>
    public bool IsDiscarded => Verdict.Kind == VerdictKind.Discard;
}
