using Postfleet.Core.Queueing;

namespace Postfleet.Delivery.Options;

/// <summary>An entry of section <c>Sources</c>: the addresses that connections leave from, and the name that they give.</summary>
public sealed record SourceOptions
{
    /// <summary>The name of the source, which is a part of the names of its destinations.</summary>
    public string Name { get; init; } = "";

    /// <summary>
    /// The addresses, at most one of each family. Addresses of hosts of a family without one are not used; without any, the system or the
    /// proxy chooses.
    /// </summary>
    public SourceAddresses Addresses { get; init; }

    /// <summary>The name given in EHLO; empty takes the node's.</summary>
    public string Hostname { get; init; } = "";

    /// <summary>The proxy through which connections leave; null for none.</summary>
    public EgressProxy? Proxy { get; init; }
}

/// <summary>
/// The key <c>Source</c> of a route: the name of a source, or addresses. Immutable.
/// </summary>
/// <param name="Name">The name of a source; empty for addresses.</param>
/// <param name="Addresses">The addresses; none with a name.</param>
public readonly record struct RouteSource(string Name, SourceAddresses Addresses)
{
    /// <summary>The longest name of a source. It is a part of the names of destinations.</summary>
    public const int MaxName = 30;

    /// <summary>Whether neither a source nor an address is given.</summary>
    public bool IsEmpty => string.IsNullOrEmpty(Name) && Addresses.IsEmpty;

    /// <summary>The canonical form of a source's name; null if the text is no name.</summary>
    public static string? NormalizeName(string text) =>
        text.Length is > 0 and <= MaxName && char.IsAsciiLetter(text[0]) && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_')
            && text.ToLowerInvariant() is var name && name != DestinationId.DefaultSource ? name : null;

    /// <summary>The source described by a text; null if the text is of another form.</summary>
    public static RouteSource? TryParse(string text) =>
        SourceAddresses.TryParse(text) is { } addresses ? new RouteSource("", addresses)
            : NormalizeName(text) is { } name ? new RouteSource(name, default) : null;

    /// <summary>Reads a text accepted by the rule of the key.</summary>
    /// <exception cref="FormatException">The text is of another form.</exception>
    public static RouteSource Parse(string text) => TryParse(text) ?? throw new FormatException($"'{text}' is no source");

    /// <summary>The text of the source in the configuration.</summary>
    public override string ToString() => string.IsNullOrEmpty(Name) ? Addresses.ToString() : Name;
}
