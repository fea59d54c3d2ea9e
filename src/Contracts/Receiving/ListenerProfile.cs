namespace Postfleet.Contracts.Receiving;

/// <summary>The way in which a listener offers TLS.</summary>
public enum ListenerTls
{
    /// <summary>No TLS.</summary>
    None,

    /// <summary>By STARTTLS (RFC 3207).</summary>
    StartTls,

    /// <summary>From the begin of the connection (RFC 8314 section 3).</summary>
    Implicit,
}

/// <summary>The properties of a listener, which all of its sessions share.</summary>
/// <param name="Service">The service of the listener, for example <c>relay</c>.</param>
/// <param name="Tls">The way in which the listener offers TLS.</param>
public sealed record ListenerProfile(string Service, ListenerTls Tls)
{
    /// <summary>The endpoint as configured, such as <c>[::]:25</c>; empty in tests.</summary>
    public string Endpoint { get; init; } = "";

    /// <summary>The stream of mail whose client or user has none; empty for the default stream.</summary>
    public string Stream { get; init; } = "";

    /// <summary>Whether a client must authenticate before MAIL (RFC 4954 section 6).</summary>
    public bool RequiresAuthentication { get; init; }

    /// <summary>What the listener checks of mail.</summary>
    public ListenerChecks Checks { get; init; }

    /// <summary>The names of the filters of the listener; null for those whose services fit.</summary>
    public IReadOnlyList<string>? Filters { get; init; }

    /// <summary>The extensions that this listener offers beside those of every listener.</summary>
    public IReadOnlyList<EhloKeyword> Keywords { get; init; } = [];
}
