namespace Postfleet.Signing.Options;

/// <summary>Mail that is not sent unsigned: an entry of <c>Signing:Required</c>.</summary>
public sealed record RequiredSignatureOptions
{
    /// <summary>The word for all domains in place of a name.</summary>
    public const string AllDomains = "*";

    /// <summary>The domain in From whose mail must have a signature of this domain; <c>*</c> for all domains.</summary>
    public string Domain { get; init; } = "";

    /// <summary>The stream of the mail; empty for all streams.</summary>
    public string Stream { get; init; } = "";
}
