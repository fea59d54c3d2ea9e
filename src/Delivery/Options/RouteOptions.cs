using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;

namespace Postfleet.Delivery.Options;

/// <summary>A route: one entry of section <c>Routes</c>.</summary>
public sealed record RouteOptions
{
    /// <summary>The name of the route, by which operators move mail to it; empty for none.</summary>
    public string Name { get; init; } = "";

    /// <summary>The domains of the route; none for a route that is used only by moves.</summary>
    public DomainPattern Domain { get; init; } = DomainPattern.None;

    /// <summary>The stream of the mail; empty for all streams.</summary>
    public string Stream { get; init; } = "";

    /// <summary>The target of their mail.</summary>
    public RouteTarget To { get; init; } = RouteTarget.Mx;

    /// <summary>The TLS requirement.</summary>
    public RouteTls Tls { get; init; }

    /// <summary>The user name for the host (RFC 4954); empty does not authenticate.</summary>
    public string User { get; init; } = "";

    /// <summary>The user's password.</summary>
    public string Password { get; init; } = "";

    /// <summary>The file with the user's password, read for each connection.</summary>
    public string PasswordFile { get; init; } = "";

    /// <summary>Whether the password may be sent to a host without a proven name.</summary>
    public AuthInClear AuthInClear { get; init; }

    /// <summary>
    /// The source of outgoing connections, by its name or by its addresses; the default leaves the choice to the system.
    /// </summary>
    public RouteSource Source { get; init; }

    /// <summary>The name given in EHLO; empty takes the node's.</summary>
    public string Hostname { get; init; } = "";

    /// <summary>The treatment of octets above 127, as <see cref="DeliveryOptions.EightBit"/>.</summary>
    public ContentRule EightBit { get; init; }

    /// <summary>The treatment of long lines, as <see cref="DeliveryOptions.LongLines"/>.</summary>
    public ContentRule LongLines { get; init; }

    /// <summary>Whether mail of strangers is passed on to the host before it is accepted.</summary>
    public ProxyMode Proxy { get; init; }

    /// <summary>The route for other modules.</summary>
    public RouteRule ToRule() => new(Domain, To.Kind) { Proxy = Proxy, Stream = Stream };
}
