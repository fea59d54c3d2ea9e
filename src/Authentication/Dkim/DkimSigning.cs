using System.Collections.Immutable;
using Postfleet.Core.Mail;

namespace Postfleet.Authentication.Dkim;

/// <summary>How a message is signed.</summary>
/// <param name="Domain">The signing domain (<c>d=</c>).</param>
/// <param name="Selector">The selector (<c>s=</c>), in lower case.</param>
/// <param name="Time">When the signature is made (<c>t=</c>).</param>
public sealed record DkimSigning(DomainName Domain, string Selector, DateTimeOffset Time)
{
    /// <summary>
    /// The names of the signed fields (<c>h=</c>), From among them. A name for each field with it, in the header of the message or not: a
    /// name more than there are fields protects against an added field (RFC 6376 section 8.15).
    /// </summary>
    public required ImmutableArray<string> SignedFields { get; init; }

    /// <summary>The canonical form of the header.</summary>
    public Canonicalization HeaderForm { get; init; } = Canonicalization.Relaxed;

    /// <summary>The canonical form of the body.</summary>
    public Canonicalization BodyForm { get; init; } = Canonicalization.Relaxed;

    /// <summary>Whether the signature says when it was made (<c>t=</c>).</summary>
    public bool HasTime { get; init; } = true;

    /// <summary>How long the signature is valid (<c>x=</c>); null for ever.</summary>
    public TimeSpan? Validity { get; init; }
}
