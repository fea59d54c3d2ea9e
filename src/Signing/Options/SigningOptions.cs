namespace Postfleet.Signing.Options;

/// <summary>Section <c>Signing</c>: rules for the signatures of this site's mail.</summary>
public sealed record SigningOptions
{
    /// <summary>The mail that is not sent unsigned.</summary>
    public IReadOnlyList<RequiredSignatureOptions> Required { get; init; } = [];

    /// <summary>The streams of bulk mail, which is looked at for what mailbox providers demand of it.</summary>
    public IReadOnlyList<string> BulkStreams { get; init; } = [];

    /// <summary>The file with the secret that seals private keys in the storage; empty to store them in the clear.</summary>
    public string SecretFile { get; init; } = "";

    /// <summary>How long the record of a new key in storage must have been seen in the DNS before the key signs.</summary>
    public TimeSpan PublishedFor { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>How long the record of a retired key must stay in the DNS; the key is removed from the storage then.</summary>
    public TimeSpan RetiredFor { get; init; } = TimeSpan.FromDays(14);
}
