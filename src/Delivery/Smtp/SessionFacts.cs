using Postfleet.Core.Queueing;
using Postfleet.Delivery.Routing;

namespace Postfleet.Delivery.Smtp;

/// <summary>Properties of an opened session. Created by <see cref="SessionOpening"/>, then immutable.</summary>
/// <param name="Remote">Name and address of the host, for logs and DSNs.</param>
/// <param name="IsLmtp">Whether the protocol is LMTP (RFC 2033).</param>
/// <param name="Capabilities">The extensions offered by the host.</param>
/// <param name="Tls">The TLS parameters; null without TLS.</param>
internal sealed record SessionFacts(string Remote, bool IsLmtp, Capabilities Capabilities, TlsFacts? Tls)
{
    /// <summary>Whether the host's name is from the configuration rather than from the unsigned DNS.</summary>
    public bool IsNameTrusted { get; init; }

    /// <summary>Whether a policy of the message's domain proves the host (RFC 8689 section 4.2.1).</summary>
    public bool IsNameProven { get; init; }

    /// <summary>Whether the endpoint is a socket of this machine: mail crosses no network.</summary>
    public bool IsLocal { get; init; }

    /// <summary>The addresses and the TLS of the session for history, without a duration.</summary>
    public AttemptDetails Details { get; init; } = AttemptDetails.Local;

    /// <summary>The limits of the destination.</summary>
    public IConnectionLimits Limits { get; init; } = NoLimits.Instance;

    /// <summary>The treatment of content the host may not be able to receive.</summary>
    public ContentRules ContentRules { get; init; }
}
