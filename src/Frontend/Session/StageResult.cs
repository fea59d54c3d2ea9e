using Postfleet.Contracts.Receiving;

namespace Postfleet.Frontend.Session;

/// <summary>The result of running the checks of a stage: a verdict, or a question.</summary>
/// <param name="Verdict">The verdict of the stage; without meaning while there is a question.</param>
/// <param name="Gathered">What the checks that accepted have given.</param>
/// <param name="By">The name of the check with another verdict than acceptance, or of the last check when all accept.</param>
/// <param name="Question">The question which stopped the run; null for none.</param>
internal readonly record struct StageResult(Verdict Verdict, Gathered Gathered, string By, Question? Question)
{
    /// <summary>The headers to add, in the order of the checks; null for none.</summary>
    public List<ReadOnlyMemory<byte>>? Headers => Gathered.Headers;

    /// <summary>The change of the message; null for none.</summary>
    public MessageChange? Change => Gathered.Change;

    /// <summary>Whether the client gets a positive reply and nothing is delivered.</summary>
    public bool IsDiscarded => Verdict.Kind == VerdictKind.Discard;
}
