using Postfleet.Core.Mail;

namespace Postfleet.Contracts.Signing;

/// <summary>A key in storage that signs mail, without its private part.</summary>
/// <param name="Domain">The domain in From whose mail it signs, and which signs it (<c>d=</c>).</param>
/// <param name="Selector">The selector (<c>s=</c>), in lower case.</param>
/// <param name="Stream">The stream whose mail it signs; empty for all streams without a key of their own.</param>
/// <param name="Algorithm">The algorithm: <c>rsa-sha256</c> or <c>ed25519-sha256</c>.</param>
/// <param name="Record">The text of the key record for the DNS (RFC 6376 section 3.6.1).</param>
/// <param name="CreatedAt">When it was made.</param>
public sealed record StoredSigningKey(
    DomainName Domain, string Selector, string Stream, string Algorithm, string Record, DateTimeOffset CreatedAt)
{
    /// <summary>Whether the key waits, signs or is retired.</summary>
    public SigningKeyPhase Phase { get; init; }

    /// <summary>When the record was first seen in the DNS; null for not yet.</summary>
    public DateTimeOffset? PublishedAt { get; init; }

    /// <summary>From when the key signs; null while its record has not been seen.</summary>
    public DateTimeOffset? SignsFrom { get; init; }

    /// <summary>When the key was retired; null for a key in use.</summary>
    public DateTimeOffset? RetiredAt { get; init; }

    /// <summary>Until when the record of a retired key must stay in the DNS; the key is removed from the storage then.</summary>
    public DateTimeOffset? KeepRecordUntil { get; init; }

    /// <summary>Why this node cannot use the private part; null if it can, and for a retired key.</summary>
    public string? Fault { get; init; }

    /// <summary>The name of the key in the storage and in lists.</summary>
    public string Name => $"{Domain}/{Selector}";

    /// <summary>The name of the key record in the DNS.</summary>
    public string RecordName => $"{Selector}._domainkey.{Domain}";
}

/// <summary>The phases of a key in storage.</summary>
public enum SigningKeyPhase
{
    /// <summary>The record has not been seen in the DNS. The key does not sign.</summary>
    Waiting = 0,

    /// <summary>The record has been seen a short time ago. The key does not sign yet.</summary>
    Published = 1,

    /// <summary>The key may sign: the newest of its algorithm, domain and stream does.</summary>
    Active = 2,

    /// <summary>The key signs nothing any more, and has no private part.</summary>
    Retired = 3,
}

/// <summary>What the DNS has in the place of a key record.</summary>
public enum RecordSight
{
    /// <summary>The record, and no other.</summary>
    Published = 0,

    /// <summary>No record.</summary>
    Missing = 1,

    /// <summary>Another record, or several.</summary>
    Different = 2,

    /// <summary>The DNS does not answer.</summary>
    Unknown = 3,
}
