namespace Postfleet.Delivery.Options;

/// <summary>The TLS requirement of a route.</summary>
public enum RouteTls
{
    /// <summary><see cref="Verify"/> for <c>smtps</c> and for routes with a user, otherwise <see cref="Opportunistic"/>.</summary>
    Auto,

    /// <summary>TLS is not used.</summary>
    None,

    /// <summary>TLS if the host offers it, with any certificate; plain text if TLS fails (RFC 7435).</summary>
    Opportunistic,

    /// <summary>TLS with any certificate.</summary>
    Require,

    /// <summary>TLS with a certificate matching the host's name and chaining to a trusted authority.</summary>
    Verify,
}

/// <summary>Where a password may be sent to a host without a proven name.</summary>
public enum AuthInClear
{
    /// <summary>Never.</summary>
    Refuse,

    /// <summary>Under TLS with any certificate.</summary>
    Unverified,

    /// <summary>Also without TLS.</summary>
    Allow,
}

/// <summary>The treatment of content a host may not be able to receive.</summary>
public enum ContentRule
{
    /// <summary>The rule of all delivery; for routes only.</summary>
    Inherit,

    /// <summary>Convert, except content signed by its author's domain, which is sent unchanged.</summary>
    Auto,

    /// <summary>Convert, even if the conversion breaks a signature.</summary>
    Convert,

    /// <summary>Return the message to its sender.</summary>
    Refuse,

    /// <summary>Send unchanged.</summary>
    Send,
}
