using System.Net;
using System.Net.Sockets;
using Postfleet.Core.Queueing;
using Postfleet.Delivery.Options;

namespace Postfleet.Delivery.Routing;

/// <summary>The TLS requirement of a connection.</summary>
internal enum TlsMode
{
    /// <summary>TLS is not used.</summary>
    None,

    /// <summary>TLS if the host offers it, with any certificate; plain text if TLS fails (RFC 7435).</summary>
    Opportunistic,

    /// <summary>TLS with any certificate.</summary>
    Require,

    /// <summary>TLS with a certificate matching the host's name and chaining to a trusted authority.</summary>
    Verify,
}

/// <summary>Credentials for a smarthost.</summary>
/// <param name="User">The user name.</param>
/// <param name="Password">The password; empty if it is in a file.</param>
/// <param name="PasswordFile">The file with the password, read for each connection; empty if there is none.</param>
/// <param name="IsAllowedInClear">Whether the password may be sent without TLS.</param>
internal sealed record Credentials(string User, string Password, string PasswordFile, bool IsAllowedInClear)
{
    /// <summary>Whether the password may be sent over TLS to a host with an unverified certificate.</summary>
    public bool IsAllowedUnverified { get; init; } = IsAllowedInClear;

    /// <summary>Omits the secrets.</summary>
    public override string ToString() => $"credentials of {User}";
}

/// <summary>
/// How connections of a route leave this node: protocol, TLS, credentials, content rules, source addresses. Connections to the same hosts
/// with another egress belong to another destination. Each egress has a name, the source in a <see cref="DestinationId"/>, by which every
/// node finds it in its own configuration, so credentials are never sent between nodes.
/// </summary>
internal sealed record Egress
{
    /// <summary>The egress of routes without settings.</summary>
    public static Egress Default { get; } = new();

    public MailProtocol Protocol { get; init; }

    public TlsMode Tls { get; init; } = TlsMode.Opportunistic;

    /// <summary>The credentials; null without authentication.</summary>
    public Credentials? Credentials { get; init; }

    /// <summary>The rule for 8-bit content at hosts without 8BITMIME.</summary>
    public ContentRule EightBit { get; init; }

    /// <summary>The rule for overlong lines.</summary>
    public ContentRule LongLines { get; init; }

    /// <summary>The name of the source in section <c>Sources</c>; empty for addresses of the route.</summary>
    public string Source { get; init; } = "";

    /// <summary>The proxy through which connections leave; null for none.</summary>
    public EgressProxy? Proxy { get; init; }

    /// <summary>The host name for EHLO; empty uses the node's.</summary>
    public string Hostname { get; init; } = "";

    /// <summary>
    /// The IPv4 source address of connections. If a source address of either family is set, addresses of a family without one are
    /// not used.
    /// </summary>
    public IPAddress? SourceV4 { get; init; }

    /// <summary>The IPv6 source address of connections; see <see cref="SourceV4"/>.</summary>
    public IPAddress? SourceV6 { get; init; }

    /// <summary>
    /// Whether the host's name is from the configuration; set for each connection, since one egress serves smarthosts and MX hosts.
    /// </summary>
    public bool IsNameTrusted { get; init; }

    /// <summary>The name of the host in the TLS handshake (SNI) where it is not the name in the MX record; empty uses the latter.</summary>
    public string ServerName { get; init; } = "";

    /// <summary>The limits of the destination; set for each connection.</summary>
    public IConnectionLimits Limits { get; init; } = NoLimits.Instance;

    /// <summary>The source address of a connection of a family; null lets the system choose.</summary>
    public IPAddress? SourceFor(AddressFamily family) => family switch
    {
        AddressFamily.InterNetwork => SourceV4,
        AddressFamily.InterNetworkV6 => SourceV6,
        _ => null,
    };

    /// <summary>
    /// Whether addresses of a family are used. With a configured source address, no connection may leave from an address that the system
    /// chose.
    /// </summary>
    public bool Uses(AddressFamily family) => (SourceV4 is null && SourceV6 is null) || SourceFor(family) is not null;
}
