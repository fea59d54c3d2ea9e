using Postfleet.Core.Mail;

namespace Postfleet.Core.Queueing;

/// <summary>
/// The state of a part that an operator moved from one queue to another: all facts that the first queue knew and the second needs. Stored
/// in the part's new row, from which the second queue takes it over.
/// </summary>
/// <param name="Open">The recipients without a final outcome; the part's envelope keeps all of them.</param>
/// <param name="Attempt">The number of the move. The second queue counts its attempts from here.</param>
/// <param name="Moves">How often the part was moved, this move included; 1 to <see cref="MaxMoves"/>.</param>
public sealed record MovedPart(RecipientSet Open, int Attempt, int Moves)
{
    /// <summary>The maximum number of moves of a part.</summary>
    public const int MaxMoves = short.MaxValue;

    /// <summary>The number of attempts counted by the retry schedule.</summary>
    public int Tries { get; init; }

    /// <summary>How often a delivery worker crashed on the message.</summary>
    public int Crashes { get; init; }

    /// <summary>The number of the operator's action that moved the part.</summary>
    public int Action { get; init; }

    /// <summary>Whether the delay warning was sent.</summary>
    public bool IsDelayReported { get; init; }

    /// <summary>Whether the message is on hold.</summary>
    public bool IsHeld { get; init; }

    /// <summary>The last reply, for the DSN of an expired message; null for none.</summary>
    public SmtpReply? LastReply { get; init; }

    /// <summary>The host of the last reply; empty for none.</summary>
    public string LastRemoteHost { get; init; } = "";
}

/// <summary>A part whose queue has it: the name of its hand-off mark.</summary>
/// <param name="Part">The part.</param>
/// <param name="Moves">
/// <see cref="MovedPart.Moves"/>, 0 for a part that was never moved. A mark of another number has no effect: it was written late by a queue
/// that had the part before. <see cref="AnyMoves"/> marks the part in any case.
/// </param>
public readonly record struct PartMark(PartId Part, int Moves)
{
    /// <summary>Any number of moves.</summary>
    public const int AnyMoves = -1;
}
