using Postfleet.Core.Greylisting;

namespace Postfleet.Contracts.Greylisting;

/// <summary>
/// Greylisting over the whole cluster: what a node has seen, all know. The storage decides; this node remembers its answers. Implemented by
/// the module Operations. Thread-safe.
/// </summary>
public interface IGreylist
{
    /// <summary>Answers from memory.</summary>
    /// <returns>The answer; null if the storage has to be asked.</returns>
    GreylistAnswer? TryMeet(in GreylistTriplet triplet);

    /// <summary>Asks the storage, together with other questions. A new triplet is stored before the answer.</summary>
    /// <param name="triplet">The triplet.</param>
    /// <param name="rules">The times.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    ValueTask<GreylistAnswer> MeetAsync(GreylistTriplet triplet, GreylistRules rules, CancellationToken cancellationToken);
}

/// <summary>Whether mail passes greylisting.</summary>
/// <param name="Kind">What is known.</param>
/// <param name="Wait">How long until the client may come back, of a deferral.</param>
public readonly record struct GreylistAnswer(GreylistAnswerKind Kind, TimeSpan Wait);

/// <summary>What greylisting knows of mail.</summary>
public enum GreylistAnswerKind
{
    /// <summary>The mail passes.</summary>
    Passed,

    /// <summary>The client must come back later.</summary>
    Deferred,

    /// <summary>The storage cannot be used at present, or too many questions wait.</summary>
    Unknown,
}
