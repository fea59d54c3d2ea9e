using System.Globalization;
using System.Net;
using Akka.Actor;

namespace Postfleet.Cluster.Membership;

/// <summary>Converts the <c>host:port</c> of a contact. An IPv6 host is in brackets.</summary>
internal static class ContactAddress
{
    /// <summary>The host, without brackets, and the port.</summary>
    public static (string Host, int Port) Split(string contact)
    {
        var colon = contact.LastIndexOf(':');
        return (contact[..colon].Trim('[', ']'), int.Parse(contact.AsSpan(colon + 1), CultureInfo.InvariantCulture));
    }

    /// <summary>Whether only processes of the contact's own machine reach it. A name other than localhost is not resolved.</summary>
    public static bool IsLoopback(string contact)
    {
        var host = Split(contact).Host;
        return IPAddress.TryParse(host, out var address) ? IPAddress.IsLoopback(address)
            : host.Equals("localhost", StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>The contact's address for messages of an actor system.</summary>
    public static Address ToAddress(string contact, ActorSystem system)
    {
        var (host, port) = Split(contact);
        return new Address(Akka.Cluster.Cluster.Get(system).SelfAddress.Protocol, system.Name, host, port);
    }
}
