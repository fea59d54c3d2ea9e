using Postfleet.Configuration;
using static Postfleet.Configuration.ValueRule;

namespace Postfleet.Delivery.Options;

/// <summary>The keys of section <c>Sources</c>, and the rules for its values and for the routes that name sources.</summary>
internal static class SourceConfiguration
{
    /// <summary>The keys.</summary>
    public static IEnumerable<ConfigurationKey> Keys { get; } =
    [
        new("Sources:#:Name", Text(
            $"1 to {RouteSource.MaxName} letters, digits, - and _ that begin with a letter, and not default", RouteSource.NormalizeName),
            "out1", "Name of the source, unique, by which routes name it.") { Required = true },
        new("Sources:#:Addresses", Text("an IP address, an IPv4 and an IPv6 one with a comma between, or empty",
            text => SourceAddresses.TryParse(text)?.ToString()),
            "192.0.2.1, 2001:db8::1",
            "Addresses that connections leave from. Hosts of a family without one are not used. Empty: the system or the proxy chooses."),
        new("Sources:#:Hostname", Text("a domain name, or empty for the node's", TextForms.EmptyOrName), "out1.example.org",
            "The name given in EHLO."),
        new("Sources:#:Proxy", Text("socks5://host:port, haproxy://host:port, or empty",
            text => text.Length == 0 ? text : EgressProxy.TryParse(text)?.ToString()),
            "socks5://egress.example.org:1080",
            "Proxy through which connections leave: SOCKS5, or HAProxy by a header of the PROXY protocol with the source's address."),
    ];

    /// <summary>Error lines for sources, and for routes that name a source or a stream.</summary>
    public static IEnumerable<string> Check(DeliverySections options)
    {
        foreach (var (index, source) in options.Sources.Index())
        {
            var first = options.Sources.Index().First(other => other.Item.Name == source.Name).Index;
            if (first < index)
            {
                yield return $"Sources:{index}:Name is '{source.Name}', as is Sources:{first}:Name; "
                    + "allowed: a name that no other source has";
            }


            if (source.Proxy is { Protocol: ProxyProtocol.Haproxy } && source.Addresses.IsEmpty)
            {
                yield return $"Sources:{index}:Proxy is '{source.Proxy}', and the source has no Addresses; "
                    + "allowed: haproxy with the address that it connects from";
            }
        }

        foreach (var (index, route) in options.Routes.Index().Where(route => !string.IsNullOrEmpty(route.Item.Source.Name)))
        {
            if (options.Sources.All(source => source.Name != route.Source.Name))
            {
                yield return $"Routes:{index}:Source is '{route.Source}', and no source has this name; "
                    + $"allowed: {Names(options.Sources)} or IP addresses";
            }
            else if (route.Hostname.Length > 0)
            {
                yield return $"Routes:{index} has Source '{route.Source}' and Hostname '{route.Hostname}'; "
                    + "allowed: the Hostname of the source alone";
            }
        }
    }

    /// <summary>A warning line for each address that this machine does not have, and for each source that no route names.</summary>
    public static IEnumerable<string> Warn(DeliverySections options, CheckSurroundings surroundings)
    {
        foreach (var (index, source) in options.Sources.Index())
        {
            foreach (var address in source.Proxy is null ? source.Addresses.All.Where(surroundings.IsForeign) : [])
            {
                yield return $"Sources:{index}:Addresses has '{address}', which is no address of this machine: here mail cannot leave from "
                    + "it, and waits";
            }

            if (options.Routes.All(route => route.Source.Name != source.Name))
                yield return $"Sources:{index}:Name is '{source.Name}', which no route names: no mail leaves from it";
            if (source.Proxy is { Protocol: ProxyProtocol.Socks5 } && !source.Addresses.IsEmpty)
            {
                yield return $"Sources:{index}:Proxy is '{source.Proxy}', which chooses the address that it connects from: "
                    + "the Addresses only choose the family of the hosts";
            }
        }
    }

    private static string Names(IReadOnlyList<SourceOptions> sources) =>
        sources.Count == 0 ? "the name of an entry of Sources" : string.Join(", ", sources.Select(source => source.Name));
}
