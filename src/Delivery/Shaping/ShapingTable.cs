using System.Net;
using Postfleet.Core.Queueing;
using Postfleet.Delivery.Options;
using Postfleet.Delivery.Routing;

namespace Postfleet.Delivery.Shaping;

/// <summary>
/// The limits of the sections <c>Providers</c> and <c>Destinations</c>, and which of them apply to a destination. Immutable; a reload makes
/// another table. Tables of equal sections are equal. Pure.
/// </summary>
internal sealed class ShapingTable : IEquatable<ShapingTable>
{
    private readonly IReadOnlyList<ProviderOptions> _providers;
    private readonly IReadOnlyList<DestinationOptions> _destinations;
    private readonly HostPatterns[] _providerHosts;
    private readonly Dictionary<string, List<int>> _byPattern = new(StringComparer.Ordinal);
    private readonly ShapingEntry[] _entries;

    /// <param name="providers">Section <c>Providers</c>.</param>
    /// <param name="destinations">Section <c>Destinations</c>.</param>
    public ShapingTable(IReadOnlyList<ProviderOptions> providers, IReadOnlyList<DestinationOptions> destinations)
    {
        (_providers, _destinations) = (providers, destinations);
        _providerHosts = [.. providers.Select(provider => new HostPatterns(provider.Mx))];
        foreach (var (index, hosts) in _providerHosts.Index())
        {
            foreach (var pattern in hosts.All)
            {
                if (!_byPattern.TryGetValue(pattern, out var indexes)) _byPattern[pattern] = indexes = [];
                indexes.Add(index);
            }
        }

        // A stable order: of entries of the same kind, the later wins.
        _entries = [.. destinations.Index().Select(entry => new ShapingEntry(entry.Index, entry.Item)).OrderBy(entry => entry.Rank)];
    }

    /// <summary>The table without entries.</summary>
    public static ShapingTable Empty { get; } = new([], []);

    /// <summary>Whether no entry can apply to any destination.</summary>
    public bool IsEmpty => _providers.Count + _destinations.Count == 0;

    /// <summary>The limits of a destination.</summary>
    /// <param name="destination">The destination.</param>
    /// <param name="hosts">Its mail hosts; without them, only entries for sources and domains apply.</param>
    public DestinationShape Of(DestinationId destination, IReadOnlyCollection<TargetHost> hosts)
    {
        if (IsEmpty || SiteNames.IsLocal(destination)) return DestinationShape.None;
        var names = hosts.Select(host => host.Name.ToLowerInvariant()).ToHashSet(StringComparer.Ordinal);
        var source = SiteNames.SourceOf(destination);
        var provider = FindProvider(names);
        return new DestinationShape(
            provider is { } index ? _providers[index].Name : "",
            provider is { } at ? [new ShapingLayer($"Providers:{at}", _providers[at].Given())] : [],
            [.. _entries.Where(entry => entry.Applies(names, source))]);
    }

    /// <summary>
    /// The hosts in the name of a destination; empty for local targets, and where the name of the destination is shortened.
    /// </summary>
    public static IReadOnlyCollection<TargetHost> HostsOf(DestinationId destination)
    {
        if (SiteNames.IsLocal(destination) || destination.Value.Split('|', 2) is not [_, var site] || site.Contains('#')) return [];
        var names = site.Split(',');
        var last = names[^1];
        if (last.LastIndexOf(':') is var colon and > 0 && !last.EndsWith(']')) names[^1] = last[..colon];
        return [.. names.Select(name => new TargetHost(0, IPAddress.TryParse(name.Trim('[', ']'), out var address) ? $"{address}" : name))];
    }

    /// <inheritdoc/>
    public bool Equals(ShapingTable? other) =>
        other is not null && _providers.SequenceEqual(other._providers) && _destinations.SequenceEqual(other._destinations);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as ShapingTable);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(_providers.Count, _destinations.Count);

    // The first provider that has all hosts. The providers of one host are few, and are found without a look at the others.
    private int? FindProvider(HashSet<string> hosts)
    {
        if (hosts.Count == 0) return null;
        int? first = null;
        foreach (var pattern in HostPatterns.Candidates(hosts.First()))
        {
            foreach (var index in _byPattern.GetValueOrDefault(pattern) ?? [])
                if (!(first <= index) && _providerHosts[index].MatchAll(hosts)) first = index;
        }

        return first;
    }
}
