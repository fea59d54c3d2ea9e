using Postfleet.Authentication.Dkim;
using Postfleet.Core.Mail;

namespace Postfleet.Signing.Messages;

/// <summary>A key of section <c>Dkim</c> that is ready to sign.</summary>
/// <param name="Domain">The signing domain.</param>
/// <param name="Selector">The selector, in lower case.</param>
/// <param name="Stream">The stream whose mail it signs; empty for all streams without a key of their own.</param>
/// <param name="Key">The private key.</param>
internal sealed record SigningKey(DomainName Domain, string Selector, string Stream, DkimPrivateKey Key)
{
    /// <summary>Whether signatures say when they were made (<c>t=</c>).</summary>
    public bool HasTime { get; init; } = true;

    /// <summary>How long signatures are valid (<c>x=</c>); null for ever.</summary>
    public TimeSpan? Validity { get; init; }
}
