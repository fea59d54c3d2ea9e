namespace Postfleet.Signing.Options;

/// <summary>The sections of the configuration for signatures.</summary>
public sealed record SigningSections
{
    /// <summary>Section <c>Dkim</c>.</summary>
    public IReadOnlyList<DkimKeyOptions> Dkim { get; init; } = [];

    /// <summary>Section <c>Signing</c>.</summary>
    public SigningOptions Signing { get; init; } = new();
}
