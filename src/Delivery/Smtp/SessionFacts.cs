namespace Postfleet.Delivery.Smtp;

/// <summary>What the opening of a session has shown.</summary>
/// <param name="Remote">Name and address of the host, for logs and DSNs.</param>
/// <param name="IsLmtp">Whether LMTP is spoken (RFC 2033).</param>
/// <param name="Capabilities">What the host offers.</param>
/// <param name="Tls">What TLS has come to; null in the clear.</param>
/// <param name="IsTlsBroken">Whether the session is in the clear because the host's TLS did not work just now.</param>
internal sealed record SessionFacts(string Remote, bool IsLmtp, Capabilities Capabilities, TlsFacts? Tls, bool IsTlsBroken);
