using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using Postfleet.Core.Queueing;
using Postfleet.Delivery.Options;

namespace Postfleet.Delivery.Routing;

/// <summary>
/// The egresses of a configuration by name. A name is derived from the settings without the secrets, so that nodes with equal routes use
/// equal names and a changed route becomes another destination. Built at start, then immutable.
/// </summary>
internal sealed class EgressTable
{
    private const int MaxName = 60;

    private readonly Dictionary<string, Egress> _byName = new(StringComparer.Ordinal) { [DestinationId.DefaultSource] = Egress.Default };
    private readonly List<string> _names = [];

    public EgressTable(IEnumerable<RouteOptions> routes)
    {
        foreach (var route in routes) _names.Add(Add(ReadEgress(route)));
    }

    /// <summary>The name of the egress of a route, by the route's index.</summary>
    public string NameOf(int route) => _names[route];

    /// <summary>The egress that a destination is named after; null if this node's configuration has none of that name.</summary>
    public Egress? Find(DestinationId destination) => _byName.GetValueOrDefault(SiteNames.SourceOf(destination));

    /// <summary>The egress that the settings of a route describe.</summary>
    internal static Egress ReadEgress(RouteOptions route)
    {
        var target = RouteTarget.Parse(route.To);
        var sources = route.Source.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Select(IPAddress.Parse).ToList();
        return new Egress
        {
            Protocol = target.Protocol,
            Tls = ReadTls(route, target),
            Credentials = route.User.Length == 0 ? null
                : new Credentials(route.User, route.Password, route.PasswordFile, route.AuthInClear == "allow")
                {
                    IsAllowedUnverified = route.AuthInClear != "refuse",
                },
            EightBit = route.EightBit,
            LongLines = route.LongLines,
            Hostname = route.Hostname,
            SourceV4 = sources.Find(source => source.AddressFamily == AddressFamily.InterNetwork),
            SourceV6 = sources.Find(source => source.AddressFamily == AddressFamily.InterNetworkV6),
        };
    }

    // A password must not be disclosed to an unverified host, and implicit TLS was chosen deliberately.
    private static TlsMode ReadTls(RouteOptions route, RouteTarget target)
    {
        if (target.IsLocalSocket) return TlsMode.None;
        if (route.Tls != "auto") return Enum.Parse<TlsMode>(route.Tls, ignoreCase: true);
        return target.Protocol == MailProtocol.Smtps || (route.User.Length > 0 && route.AuthInClear != "allow") ? TlsMode.Verify
            : TlsMode.Opportunistic;
    }

    private string Add(Egress egress)
    {
        var name = DeriveName(egress);
        // Egresses that differ only in secrets need distinct names.
        for (var (stem, n) = (name, 2); _byName.TryGetValue(name, out var same) && same != egress; n++) name = $"{stem}~{n}";
        _byName[name] = egress;
        return name;
    }

    private static string DeriveName(Egress egress)
    {
        var parts = new List<string>();
        if (egress.Protocol != MailProtocol.Smtp) parts.Add(egress.Protocol.ToString().ToLowerInvariant());
        if (egress.Tls != TlsMode.Opportunistic) parts.Add($"tls-{egress.Tls.ToString().ToLowerInvariant()}");
        if (egress.Credentials is { } login) parts.Add($"auth-{Digest(Describe(login))[..8]}");
        if (egress.SourceV4 is { } v4) parts.Add(v4.ToString());
        if (egress.SourceV6 is { } v6) parts.Add(v6.ToString());
        if (egress.EightBit != "inherit") parts.Add($"8bit-{egress.EightBit}");
        if (egress.LongLines != "inherit") parts.Add($"lines-{egress.LongLines}");
        if (egress.Hostname.Length > 0) parts.Add(egress.Hostname);
        var name = parts.Count == 0 ? DestinationId.DefaultSource : string.Join('+', parts);
        return name.Length <= MaxName ? name : $"{name[..(MaxName - 17)]}#{Digest(name)[..16]}";
    }

    private static string Describe(Credentials login) =>
        $"{login.User}\n{login.PasswordFile}\n{login.IsAllowedInClear}"
            + (login.IsAllowedUnverified && !login.IsAllowedInClear ? "\nunverified" : "");

    private static string Digest(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
}
