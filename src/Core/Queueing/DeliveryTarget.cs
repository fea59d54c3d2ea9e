namespace Postfleet.Core.Queueing;

/// <summary>The way of mail to a destination.</summary>
public enum TargetKind
{
    /// <summary>SMTP to the MX hosts of a domain (RFC 5321 section 5).</summary>
    Mx = 1,

    /// <summary>SMTP to a named host.</summary>
    Smarthost = 2,

    /// <summary>Kept in storage for a person to look at.</summary>
    Capture = 3,

    /// <summary>Counted as delivered and dropped.</summary>
    Discard = 4,

    /// <summary>Failed at once.</summary>
    Reject = 5,
}

/// <summary>One host of a site.</summary>
/// <param name="Preference">MX preference, the lowest is tried first (RFC 5321 section 5.1).</param>
/// <param name="Name">Host name or, for a smarthost, an IP address as text.</param>
public readonly record struct TargetHost(int Preference, string Name);

/// <summary>The target of a queue: the id of the destination and its data for connecting.</summary>
/// <param name="Destination">The entity owning the connections.</param>
/// <param name="Kind">How mail leaves.</param>
/// <param name="Hosts">The hosts, by preference; empty for kinds without a network.</param>
/// <param name="Port">TCP port; 0 for kinds without a network.</param>
public sealed record DeliveryTarget(DestinationId Destination, TargetKind Kind, IReadOnlyList<TargetHost> Hosts, int Port);
