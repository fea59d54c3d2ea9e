using Postfleet.Configuration;
using static Postfleet.Configuration.ValueRule;

namespace Postfleet.Frontend.Options;

/// <summary>The keys and checks of section <c>Filters</c>.</summary>
internal static class FilterKeys
{
    private const int MaxFilters = 20;

    private static readonly string[] Services = [ListenerOptions.Relay, ListenerOptions.Submission, ListenerOptions.Inbound];

    /// <summary>The keys.</summary>
    public static IEnumerable<ConfigurationKey> All { get; } =
    [
        new("Filters:#:Name", Text("1 to 40 letters, digits, - and _, but not none", NameForm), "rspamd",
            "Name of the filter in logs and metrics.")
        {
            Required = true,
        },
        new("Filters:#:Protocol", Choice<FilterProtocol>(), "milter", "Protocol of the filter: milter (version 6 of sendmail's)."),
        new("Filters:#:Endpoint", Text("host:port or unix:/path", text => FilterEndpoint.TryParse(text)?.ToString()), "127.0.0.1:11332",
            "Where the filter listens; also in the forms inet:port@host and local:/path.") { Required = true },
        new("Filters:#:Services", Text("services of listeners with commas between them, or empty for all", ServicesForm), "inbound",
            "Services of the listeners on which the filter stands: relay, submission, inbound."),
        new("Filters:#:ConnectTimeout", Duration("100ms", "5m"), "10s", "Time for a connection to the filter."),
        new("Filters:#:CommandTimeout", Duration("100ms", "5m"), "10s", "Time for the filter's reply to a command of the envelope."),
        new("Filters:#:ContentTimeout", Duration("100ms", "9m"), "1m",
            "Time for the filter's reply to a piece of the content and to its end; begun anew when the filter reports progress."),
        new("Filters:#:OnFailure", Choice<FilterFailure>(), "accept",
            "What happens to mail when the filter fails: defer it, accept it without the filter, or refuse it."),
    ];

    /// <summary>The forbidden combinations.</summary>
    public static IEnumerable<string> Check(FrontendSections options)
    {
        var names = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        foreach (var (index, filter) in options.Filters.Index())
            if (!names.Add(filter.Name)) yield return $"Filters:{index}:Name is '{filter.Name}'; allowed: a name that no other filter has";
        foreach (var (index, listener) in options.Listeners.Index())
        {
            if (ListenerFilterText.Of(listener)?.FirstOrDefault(name => !names.Contains(name)) is not { } unknown) continue;
            var known = names.Count == 0 ? "none, since there are no Filters" : $"{string.Join(", ", names)}, none";
            yield return $"Listeners:{index}:Filters names '{unknown}'; allowed: {known}";
        }

        if (options.Filters.Count > MaxFilters) yield return $"Filters has {options.Filters.Count} elements; allowed: at most {MaxFilters}";
    }

    /// <summary>The likely mistakes.</summary>
    public static IEnumerable<string> Warn(FrontendSections options)
    {
        foreach (var (index, filter) in options.Filters.Index())
        {
            if (options.Listeners.Count > 0 && !options.Listeners.Any(filter.StandsOn))
            {
                yield return $"Filters:{index}:Services is '{filter.Services}', and no listener has this service or names the filter: " +
                    "the filter is not used";
            }
        }
    }

    private static string? NameForm(string text) => ListenerFilterText.IsName(text) ? text : null;

    private static string? ServicesForm(string text)
    {
        var given = FilterOptions.ServicesOf(text.ToLowerInvariant());
        return given.All(Services.Contains) ? string.Join(", ", given.Distinct()) : null;
    }
}
