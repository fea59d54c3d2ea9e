using System.Net;
using System.Net.Sockets;
using Postfleet.Core.Queueing;
using Postfleet.Delivery.Options;

namespace Postfleet.Delivery.Routing;

/// <summary>What a connection demands of TLS.</summary>
internal enum TlsMode
{
    /// <summary>TLS is not used.</summary>
    None,

    /// <summary>TLS where the host offers it, whatever its certificate; in the clear where that does not work (RFC 7435).</summary>
    Opportunistic,

    /// <summary>TLS, whatever the host's certificate.</summary>
    Require,

    /// <summary>TLS, with a certificate for the host's name from an authority that is trusted.</summary>
    Verify,
}

/// <summary>Who we are to a smarthost.</summary>
/// <param name="User">The user.</param>
/// <param name="Password">The password; empty where it is in a file.</param>
/// <param name="PasswordFile">The file that holds it, read for each connection; empty where there is none.</param>
/// <param name="IsAllowedInClear">Whether it may be shown to a host without TLS.</param>
internal sealed record Credentials(string User, string Password, string PasswordFile, bool IsAllowedInClear)
{
    /// <summary>Whether it may be shown under TLS to a host whose certificate proves nothing.</summary>
    public bool IsAllowedUnverified { get; init; } = IsAllowedInClear;

    /// <summary>Shows no secret, wherever it may be printed.</summary>
    public override string ToString() => $"credentials of {User}";
}

/// <summary>
/// How connections of a route leave: what makes two connections to the same hosts different ones. It has a name, the source of a
/// <see cref="DestinationId"/>, by which every node finds it in its own configuration: credentials never travel.
/// </summary>
internal sealed record Egress
{
    /// <summary>That of routes which set nothing.</summary>
    public static Egress Default { get; } = new();

    public MailProtocol Protocol { get; init; }

    public TlsMode Tls { get; init; } = TlsMode.Opportunistic;

    /// <summary>Null where we do not authenticate.</summary>
    public Credentials? Credentials { get; init; }

    /// <summary>
    /// What is done with 8-bit content for hosts without 8BITMIME: the name of a <see cref="ContentRule"/>, or <c>inherit</c> for that of
    /// all delivery.
    /// </summary>
    public string EightBit { get; init; } = "inherit";

    /// <summary>What is done with lines that are too long; as <see cref="EightBit"/>.</summary>
    public string LongLines { get; init; } = "inherit";

    /// <summary>The name for EHLO; empty takes the node's.</summary>
    public string Hostname { get; init; } = "";

    /// <summary>
    /// The addresses that connections are bound to, at most one of a family; where there are any, no other family is used.
    /// </summary>
    public IPAddress? SourceV4 { get; init; }

    /// <summary>As <see cref="SourceV4"/>, of IPv6.</summary>
    public IPAddress? SourceV6 { get; init; }

    /// <summary>
    /// Whether the host's name is the configuration's own; set for each connection, since domains of one way out go to hosts of both kinds.
    /// </summary>
    public bool IsNameTrusted { get; init; }

    /// <summary>The address that a connection of a family is bound to; null leaves it to the system.</summary>
    public IPAddress? SourceFor(AddressFamily family) => family switch
    {
        AddressFamily.InterNetwork => SourceV4,
        AddressFamily.InterNetworkV6 => SourceV6,
        _ => null,
    };

    /// <summary>Whether addresses of a family are connected to: a reputation that hangs on one address is not left to chance.</summary>
    public bool Uses(AddressFamily family) => (SourceV4 is null && SourceV6 is null) || SourceFor(family) is not null;
}
