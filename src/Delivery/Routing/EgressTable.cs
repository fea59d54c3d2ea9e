using System.Security.Cryptography;
using System.Text;
using Postfleet.Configuration;
using Postfleet.Core.Queueing;
using Postfleet.Delivery.Options;

namespace Postfleet.Delivery.Routing;

/// <summary>
/// The egresses of a configuration by name. A name is derived from the settings without the secrets, so that nodes with equal routes use
/// equal names and a changed route becomes another destination. Immutable; a reload makes another table.
/// </summary>
internal sealed class EgressTable
{
    private const int MaxName = 60;

    private readonly Dictionary<string, Egress> _byName = new(StringComparer.Ordinal) { [DestinationId.DefaultSource] = Egress.Default };
    private readonly List<string> _names = [];

    private readonly Dictionary<string, Egress>? _earlier;

    /// <param name="routes">The routes, in their order.</param>
    /// <param name="sources">The sources that routes name.</param>
    /// <param name="earlier">
    /// The table before a reload. Jobs that destinations have in hand leave by their earlier egress where no route has its name any more.
    /// </param>
    public EgressTable(IEnumerable<RouteOptions> routes, IReadOnlyList<SourceOptions> sources, EgressTable? earlier = null)
    {
        _earlier = earlier?._byName;
        foreach (var route in routes) _names.Add(Add(ReadEgress(route, sources)));
    }

    /// <summary>The name of the egress of a route, by the route's index.</summary>
    public string NameOf(int route) => _names[route];

    /// <summary>The egress in the name of a destination; null if this node's configuration has no egress of this name.</summary>
    public Egress? Find(DestinationId destination)
    {
        var name = SiteNames.SourceOf(destination);
        return _byName.GetValueOrDefault(name) ?? _earlier?.GetValueOrDefault(name);
    }

    /// <summary>The egress described by the settings of a route, and of the source that the route names.</summary>
    /// <exception cref="ArgumentException">No source has the name.</exception>
    internal static Egress ReadEgress(RouteOptions route, IReadOnlyList<SourceOptions> sources)
    {
        var named = string.IsNullOrEmpty(route.Source.Name) ? null
            : sources.FirstOrDefault(source => source.Name == route.Source.Name)
                ?? throw new ArgumentException($"no source has the name '{route.Source.Name}'", nameof(route));
        var addresses = named?.Addresses ?? route.Source.Addresses;
        return new Egress
        {
            Source = named?.Name ?? "",
            Proxy = named?.Proxy,
            Protocol = route.To.Protocol,
            Tls = ReadTls(route),
            Credentials = route.User.Length == 0 ? null
                : new Credentials(route.User, route.Password, route.PasswordFile, route.AuthInClear == AuthInClear.Allow)
                {
                    IsAllowedUnverified = route.AuthInClear != AuthInClear.Refuse,
                },
            EightBit = route.EightBit,
            LongLines = route.LongLines,
            Hostname = named?.Hostname ?? route.Hostname,
            SourceV4 = addresses.V4,
            SourceV6 = addresses.V6,
        };
    }

    // A password must not be disclosed to an unverified host, and implicit TLS was chosen deliberately.
    private static TlsMode ReadTls(RouteOptions route) => route.Tls switch
    {
        _ when route.To.IsLocalSocket => TlsMode.None,
        RouteTls.None => TlsMode.None,
        RouteTls.Opportunistic => TlsMode.Opportunistic,
        RouteTls.Require => TlsMode.Require,
        RouteTls.Verify => TlsMode.Verify,
        _ when route.To.Protocol == MailProtocol.Smtps => TlsMode.Verify,
        _ => route.User.Length > 0 && route.AuthInClear != AuthInClear.Allow ? TlsMode.Verify : TlsMode.Opportunistic,
    };

    private string Add(Egress egress)
    {
        var name = DeriveName(egress);
        // Egresses differing only in secrets need distinct names.
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
        // A source is one destination whatever its addresses are.
        if (egress.Source.Length > 0) parts.Add(egress.Source);
        else
        {
            if (egress.SourceV4 is { } v4) parts.Add(v4.ToString());
            if (egress.SourceV6 is { } v6) parts.Add(v6.ToString());
        }

        if (egress.EightBit != ContentRule.Inherit) parts.Add($"8bit-{TextForms.Write(egress.EightBit)}");
        if (egress.LongLines != ContentRule.Inherit) parts.Add($"lines-{TextForms.Write(egress.LongLines)}");
        if (egress.Hostname.Length > 0 && egress.Source.Length == 0) parts.Add(egress.Hostname);
        var name = parts.Count == 0 ? DestinationId.DefaultSource : string.Join('+', parts);
        return name.Length <= MaxName ? name : $"{name[..(MaxName - 17)]}#{Digest(name)[..16]}";
    }

    private static string Describe(Credentials login) =>
        $"{login.User}\n{login.PasswordFile}\n{login.IsAllowedInClear}"
            + (login.IsAllowedUnverified && !login.IsAllowedInClear ? "\nunverified" : "");

    private static string Digest(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
}
