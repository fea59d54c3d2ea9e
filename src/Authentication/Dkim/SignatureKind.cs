namespace Postfleet.Authentication.Dkim;

/// <summary>The header field whose tags are read as a signature.</summary>
internal enum SignatureKind
{
    /// <summary>DKIM-Signature (RFC 6376 section 3.5).</summary>
    Dkim,

    /// <summary>ARC-Message-Signature (RFC 8617 section 4.1.2): an instance and not a version, and no user.</summary>
    ArcMessage,

    /// <summary>ARC-Seal (RFC 8617 section 4.1.3): neither signed fields nor a body hash.</summary>
    ArcSeal,
}
