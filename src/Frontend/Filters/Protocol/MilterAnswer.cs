namespace Postfleet.Frontend.Filters.Protocol;

/// <summary>What a filter decides about a command.</summary>
internal enum MilterDecision
{
    /// <summary>The dialogue goes on.</summary>
    Continue,

    /// <summary>The connection, or the message, is accepted without more questions.</summary>
    Accept,

    /// <summary>The client gets a positive reply, and nothing is delivered.</summary>
    Discard,

    /// <summary>The client gets a 5yz reply.</summary>
    Refuse,

    /// <summary>The client gets a 4yz reply.</summary>
    Defer,

    /// <summary>The client gets 421, and the session ends.</summary>
    Close,

    /// <summary>The filter wants no more commands of this kind for the message.</summary>
    Skip,
}

/// <summary>The answer of a filter to a command.</summary>
/// <param name="Decision">The decision.</param>
/// <param name="Reply">The lines of the reply that the filter gives; null for the usual reply.</param>
internal readonly record struct MilterAnswer(MilterDecision Decision, IReadOnlyList<string>? Reply = null);
