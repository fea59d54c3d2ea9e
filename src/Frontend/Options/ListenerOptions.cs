namespace Postfleet.Frontend.Options;

/// <summary>One address that mail is accepted on.</summary>
public sealed record ListenerOptions
{
    /// <summary>Address and port, <c>127.0.0.1:2525</c> or <c>[::]:25</c>; port 0 takes any free one.</summary>
    public string Endpoint { get; init; } = "127.0.0.1:2525";

    /// <summary>What it offers: <c>relay</c>.</summary>
    public string Service { get; init; } = "relay";

    /// <summary>Whether TLS starts with the connection (RFC 8314 section 3) and not with STARTTLS.</summary>
    public bool ImplicitTls { get; init; }

    /// <summary>
    /// Whether every connection begins with a PROXY header, version 1 or 2, of a proxy among <see cref="SmtpOptions.TrustedProxies"/>.
    /// </summary>
    public bool ProxyProtocol { get; init; }
}
