using Postfleet.Delivery.Routing;

namespace Postfleet.Delivery.Smtp;

/// <summary>What the opening of a session has shown.</summary>
/// <param name="Remote">Name and address of the host, for logs and DSNs.</param>
/// <param name="IsLmtp">Whether LMTP is spoken (RFC 2033).</param>
/// <param name="Capabilities">What the host offers.</param>
/// <param name="Tls">What TLS has come to; null in the clear.</param>
internal sealed record SessionFacts(string Remote, bool IsLmtp, Capabilities Capabilities, TlsFacts? Tls)
{
    /// <summary>Whether the host's name is from the configuration, not from the DNS, where nobody has vouched for it.</summary>
    public bool IsNameTrusted { get; init; }

    /// <summary>Whether the host is a socket of this machine: what goes there crosses no network.</summary>
    public bool IsLocal { get; init; }

    /// <summary>What is done with content that the host may not be able to take.</summary>
    public ContentRules ContentRules { get; init; }
}
