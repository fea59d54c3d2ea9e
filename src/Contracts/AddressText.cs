using Akka.Actor;

namespace Postfleet.Contracts;

/// <summary>Texts of node addresses for logs, reports and the registry. Pure.</summary>
public static class AddressText
{
    /// <summary>The <c>host:port</c> of a node's address.</summary>
    public static string HostAndPort(this Address address) => $"{address.Host}:{address.Port}";
}
