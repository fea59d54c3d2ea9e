using Postfleet.Core.Mail;

namespace Postfleet.Authentication.Dmarc;

/// <summary>A domain that a mechanism checked.</summary>
/// <param name="Domain">The domain: of the reverse-path for SPF (of HELO for the null reverse-path), of the tag <c>d=</c> for DKIM.</param>
/// <param name="IsPass">Whether the result of the mechanism is pass.</param>
public readonly record struct DmarcIdentifier(string Domain, bool IsPass);

/// <summary>A message to evaluate.</summary>
/// <param name="Authors">The different domains of the addresses in From.</param>
/// <param name="AreAuthorsComplete">Whether From has no further or unreadable address.</param>
/// <param name="Spf">The result of SPF; null without one.</param>
/// <param name="Dkim">The results of the signatures.</param>
public sealed record DmarcRequest(
    IReadOnlyList<DomainName> Authors, bool AreAuthorsComplete, DmarcIdentifier? Spf, IReadOnlyList<DmarcIdentifier> Dkim);
