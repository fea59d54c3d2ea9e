using Akka.Actor;

namespace Postfleet.Admin;

/// <summary>The name of a node in responses of the API.</summary>
internal static class NodeName
{
    /// <summary>A node's <c>host:port</c>.</summary>
    public static string Of(Address address) => $"{address.Host}:{address.Port}";
}
