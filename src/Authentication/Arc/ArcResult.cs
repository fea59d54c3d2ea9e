using System.Collections.Immutable;
using Postfleet.Authentication.Results;
using Postfleet.Core.Mail;

namespace Postfleet.Authentication.Arc;

/// <summary>The status of an ARC chain (RFC 8617 section 4.4).</summary>
public enum ArcStatus
{
    /// <summary>The message has no ARC fields.</summary>
    None,

    /// <summary>All seals and the last message signature are right.</summary>
    Pass,

    /// <summary>The chain is broken, or was marked as broken by a sealer.</summary>
    Fail,

    /// <summary>A key could not be fetched now. A later attempt may have another result.</summary>
    TempError,
}

/// <summary>A set of a chain that passed: what one sealer says.</summary>
/// <param name="Instance">The number of the set, from 1.</param>
/// <param name="Domain">The domain of the seal. A statement is worth as much as the trust in this domain.</param>
/// <param name="Results">The results that the sealer saw; null if unreadable.</param>
public sealed record ArcSet(int Instance, DomainName Domain, AuthenticationResults? Results);

/// <summary>The result for the ARC chain of a message.</summary>
/// <param name="Status">The status.</param>
/// <param name="Reason">Why the chain does not pass, in words; empty for a pass, and for none.</param>
public sealed record ArcResult(ArcStatus Status, string Reason)
{
    /// <summary>The sets of a chain that passed, from the first to the last; empty otherwise.</summary>
    public ImmutableArray<ArcSet> Sets { get; init; } = [];

    /// <summary>The greatest instance of any ARC field; 0 for none.</summary>
    internal int LastInstance { get; init; }

    /// <summary>Whether the last seal says that the chain is broken. No seal may follow (RFC 8617 section 5.1.2).</summary>
    internal bool IsMarkedFailed { get; init; }

    /// <summary>
    /// The result as it stands in an Authentication-Results field (RFC 8617 section 10.1), with the number of sets and the domain of the
    /// last seal in a comment.
    /// </summary>
    public MethodResult ToMethodResult()
    {
        var word = Status switch
        {
            ArcStatus.None => "none",
            ArcStatus.Pass => "pass",
            ArcStatus.Fail => "fail",
            // RFC 8617 has no result for DNS trouble.
            _ => "temperror",
        };
        return new MethodResult("arc", word)
        {
            Comment = Sets is [.., var last] ? $"i={last.Instance} d={last.Domain}" : "",
            Reason = Reason,
        };
    }
}
