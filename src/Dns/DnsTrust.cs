using System.Net;
using DnsClient;
using Postfleet.Dns.Options;

namespace Postfleet.Dns;

/// <summary>
/// Which DNS servers are trusted to say that they validated an answer (RFC 4035 section 4.9.3): those on loopback, whose answers nobody can
/// change on the way, and those of <c>Dns:TrustedServers</c>.
/// </summary>
public static class DnsTrust
{
    /// <summary>Whether a server that is asked is trusted. Reads the servers of this machine where none are configured.</summary>
    public static bool HasTrusted(DnsOptions options) => options.Servers.Count > 0
        ? options.Servers.Any(server => IsTrusted(options, server.Address.ToString(), server.Port))
        : NameServer.ResolveNameServers(skipIPv6SiteLocal: true, fallbackToGooglePublicDns: false)
            .Any(server => IsTrusted(options, server.Address, server.Port));

    /// <summary>Whether a server is trusted.</summary>
    internal static bool IsTrusted(DnsOptions options, string address, int port) => IPAddress.TryParse(address, out var server)
        && (IPAddress.IsLoopback(server) || options.TrustedServers.Contains(new IPEndPoint(server, port)));
}
