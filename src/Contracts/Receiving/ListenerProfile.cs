namespace Postfleet.Contracts.Receiving;

/// <summary>How the clients of a listener get TLS.</summary>
public enum ListenerTls
{
    /// <summary>Not at all.</summary>
    None,

    /// <summary>By STARTTLS, if they ask for it (RFC 3207).</summary>
    StartTls,

    /// <summary>With the connection (RFC 8314 section 3).</summary>
    Implicit,
}

/// <summary>What a listener is for. It is the same for all sessions of the listener.</summary>
/// <param name="Service">What the listener offers, for example <c>relay</c>.</param>
/// <param name="Tls">How its clients get TLS.</param>
public sealed record ListenerProfile(string Service, ListenerTls Tls)
{
    /// <summary>Whether a client must authenticate before MAIL (RFC 4954 section 6).</summary>
    public bool RequiresAuthentication { get; init; }
}
