namespace Postfleet.Signing.Options;

/// <summary>Section <c>Signing</c>: rules for the signatures of this site's mail.</summary>
public sealed record SigningOptions
{
    /// <summary>The mail that is not sent unsigned.</summary>
    public IReadOnlyList<RequiredSignatureOptions> Required { get; init; } = [];
}
