namespace Postfleet.Authentication.Dkim;

/// <summary>A signing algorithm (RFC 6376 section 3.3, RFC 8463). rsa-sha1 is not acceptable since RFC 8301.</summary>
public enum DkimAlgorithm
{
    /// <summary>RSASSA-PKCS1-v1_5 over SHA-256.</summary>
    RsaSha256,

    /// <summary>Ed25519 over SHA-256 (RFC 8463).</summary>
    Ed25519Sha256,
}
