using System.Net;

namespace Postfleet.Frontend.Options;

/// <summary>A listener: an entry of section <c>Listeners</c>.</summary>
public sealed record ListenerOptions
{
    /// <summary>Address and port, <c>127.0.0.1:2525</c> or <c>[::]:25</c>; port 0 takes any free port.</summary>
    public IPEndPoint Endpoint { get; init; } = new(IPAddress.Loopback, 2525);

    /// <summary>The service between mail servers.</summary>
    public const string Relay = "relay";

    /// <summary>The service for users with a password (RFC 6409).</summary>
    public const string Submission = "submission";

    /// <summary>The service for mail from strangers to own domains, as an MX host.</summary>
    public const string Inbound = "inbound";

    /// <summary>The messages of the HTTP API, which no listener accepts.</summary>
    public const string Http = "http";

    /// <summary>The service: <see cref="Relay"/>, <see cref="Submission"/> or <see cref="Inbound"/>.</summary>
    public string Service { get; init; } = Relay;

    /// <summary>The stream of mail whose client or user has none; empty for the default stream.</summary>
    public string Stream { get; init; } = "";

    /// <summary>What the listener checks of mail, in words with spaces between them; empty for the checks of its service.</summary>
    public string Checks { get; init; } = "";

    /// <summary>
    /// The names of the filters of the listener, with spaces between them; empty for those whose services fit.
    /// </summary>
    public string Filters { get; init; } = "";

    /// <summary>Whether TLS starts with the connection (RFC 8314 section 3), in place of STARTTLS.</summary>
    public bool ImplicitTls { get; init; }

    /// <summary>
    /// Whether every connection must come from a proxy in <see cref="SmtpOptions.TrustedProxies"/> and begin with a PROXY header (version 1
    /// or 2).
    /// </summary>
    public bool ProxyProtocol { get; init; }
}
