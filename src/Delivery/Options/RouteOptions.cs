using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;

namespace Postfleet.Delivery.Options;

/// <summary>Where mail for some domains goes.</summary>
public sealed record RouteOptions
{
    /// <summary>Which domains: a name, <c>*.suffix</c> or <c>*</c>.</summary>
    public string Domain { get; init; } = "*";

    /// <summary>Where to: <c>mx</c>, <c>smtp://host:port</c>, <c>smtps://host:port</c>, <c>lmtp://host:port</c>, <c>lmtp:///path</c>,
    /// <c>capture</c>,
    /// <c>discard</c> or <c>reject</c>.</summary>
    public string To { get; init; } = "mx";

    /// <summary><c>none</c>, <c>opportunistic</c>, <c>require</c>, <c>verify</c>, or <c>auto</c>: <c>verify</c> for <c>smtps</c> and where
    /// there is a user, else <c>opportunistic</c>.</summary>
    public string Tls { get; init; } = "auto";

    /// <summary>Who we are to the host (RFC 4954); empty does not authenticate.</summary>
    public string User { get; init; } = "";

    /// <summary>The user's password.</summary>
    public string Password { get; init; } = "";

    /// <summary>A file with the user's password; read for each connection.</summary>
    public string PasswordFile { get; init; } = "";

    /// <summary>
    /// Whether the password may be shown to a host that has not proved its name: <c>refuse</c>, <c>unverified</c> (under TLS with any
    /// certificate) or <c>allow</c> (also without TLS).
    /// </summary>
    public string AuthInClear { get; init; } = "refuse";

    /// <summary>
    /// The local address that connections leave from, or one of each family with a comma between; empty leaves it to the system.
    /// </summary>
    public string Source { get; init; } = "";

    /// <summary>The name given in EHLO; empty takes the node's.</summary>
    public string Hostname { get; init; } = "";

    /// <summary>As <see cref="DeliveryOptions.EightBit"/>; <c>inherit</c> takes that.</summary>
    public string EightBit { get; init; } = "inherit";

    /// <summary>As <see cref="DeliveryOptions.LongLines"/>; <c>inherit</c> takes that.</summary>
    public string LongLines { get; init; } = "inherit";

    /// <summary>The route as other rooms see it.</summary>
    public RouteRule ToRule() => new(DomainPattern.Parse(Domain), RouteTarget.Parse(To).Kind);
}
