using Postfleet.Core.Units;

namespace Postfleet.Frontend.Options;

/// <summary>What happens to mail when a filter fails: it cannot be reached, hangs, or breaks its protocol.</summary>
public enum FilterFailure
{
    /// <summary>The client is asked to try again later, as Postfix does by default.</summary>
    Defer,

    /// <summary>The mail passes without the filter.</summary>
    Accept,

    /// <summary>The mail is refused.</summary>
    Refuse,
}

/// <summary>The protocol of a filter.</summary>
public enum FilterProtocol
{
    /// <summary>The protocol of sendmail's libmilter, version 6.</summary>
    Milter,

    /// <summary>MTA Hooks: JSON over HTTP.</summary>
    Hooks,
}

/// <summary>A filter: an entry of section <c>Filters</c>. The time limits are those of Postfix.</summary>
public sealed record FilterOptions
{
    /// <summary>The name of the filter in logs and metrics.</summary>
    public string Name { get; init; } = "";

    /// <summary>The protocol.</summary>
    public FilterProtocol Protocol { get; init; }

    /// <summary>Where a milter listens; null for a hook.</summary>
    public FilterEndpoint? Endpoint { get; init; }

    /// <summary>The URL of a hook; empty for a milter.</summary>
    public string Url { get; init; } = "";

    /// <summary>The user for Basic authentication at a hook; empty sends the secret as a bearer token.</summary>
    public string User { get; init; } = "";

    /// <summary>The file with the secret for a hook; empty for none.</summary>
    public string SecretFile { get; init; } = "";

    /// <summary>The file with the authorities of a hook's certificate, in PEM form; empty for those of the system.</summary>
    public string Authorities { get; init; } = "";

    /// <summary>The stages at which a hook is asked: words with spaces between them.</summary>
    public string Stages { get; init; } = "data";

    /// <summary>The longest request to a hook.</summary>
    public ByteSize MaxRequest { get; init; } = new(64_000_000);

    /// <summary>The longest answer of a hook.</summary>
    public ByteSize MaxResponse { get; init; } = new(10_000_000);

    /// <summary>The most connections of a node to a hook.</summary>
    public int MaxConnections { get; init; } = 50;

    /// <summary>The services of the listeners on which the filter stands, with commas; empty for all.</summary>
    public string Services { get; init; } = "";

    /// <summary>The time limit of a connection to the filter.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>The time limit of the reply to a command of the envelope.</summary>
    public TimeSpan CommandTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// The time limit of the reply to a piece of the content, and to its end. A filter that reports progress gets it anew.
    /// </summary>
    public TimeSpan ContentTimeout { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>What happens to mail when the filter fails.</summary>
    public FilterFailure OnFailure { get; init; }

    /// <summary>Where the filter is, for logs and faults: its endpoint, or its URL as <see cref="PlaceOf"/> gives it.</summary>
    public string Place() => Endpoint?.ToString() ?? PlaceOf(Url);

    /// <summary>Scheme, host and path of a URL; empty for none. The query may have a secret.</summary>
    internal static string PlaceOf(string url) => Uri.TryCreate(url, UriKind.Absolute, out var uri)
        ? uri.GetComponents(UriComponents.SchemeAndServer | UriComponents.Path, UriFormat.UriEscaped) : "";

    /// <summary>Whether the filter stands on a listener.</summary>
    public bool StandsOn(ListenerOptions listener) => StandsOn(listener.Service, ListenerFilterText.Of(listener));

    /// <summary>Whether the filter stands on a listener.</summary>
    /// <param name="service">The service of the listener.</param>
    /// <param name="names">The names of its filters; null for those whose services fit.</param>
    public bool StandsOn(string service, IReadOnlyList<string>? names) => names is null
        ? Services.Length == 0 || ServicesOf(Services).Contains(service) : names.Contains(Name, StringComparer.OrdinalIgnoreCase);

    /// <summary>The services of a list with commas.</summary>
    internal static string[] ServicesOf(string text) =>
        text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
}
