using System.Collections.Immutable;
using Postfleet.Core.Mail;

namespace Postfleet.Authentication.Arc;

/// <summary>How a message is sealed.</summary>
/// <param name="Domain">The domain of the sealer (<c>d=</c>).</param>
/// <param name="Selector">The selector (<c>s=</c>), in lower case.</param>
/// <param name="Time">When the seal is made (<c>t=</c>).</param>
/// <param name="Service">The authserv-id, as in the Authentication-Results field.</param>
public sealed record ArcSealing(DomainName Domain, string Selector, DateTimeOffset Time, string Service)
{
    /// <summary>The names of the signed fields; neither ARC-Seal nor Authentication-Results (RFC 8617 section 4.1.2).</summary>
    public required ImmutableArray<string> SignedFields { get; init; }

    /// <summary>
    /// The texts of the results that this host found, as <see cref="Results.AuthenticationResultsWriter.Text"/> or
    /// <see cref="Results.AuthenticationResults.Texts"/> have them.
    /// </summary>
    public ImmutableArray<string> Results { get; init; } = [];
}
