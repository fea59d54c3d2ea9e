using Postfleet.Configuration;
using static Postfleet.Configuration.ValueRule;

namespace Postfleet.Frontend.Options;

/// <summary>The keys and checks of section <c>Filters</c>.</summary>
internal static class FilterKeys
{
    private const int MaxFilters = 20;

    private const int MaxUrl = 2000;

    private static readonly string[] Services = [ListenerOptions.Relay, ListenerOptions.Submission, ListenerOptions.Inbound];

    /// <summary>The keys.</summary>
    public static IEnumerable<ConfigurationKey> All { get; } =
    [
        new("Filters:#:Name", Text("1 to 40 letters, digits, - and _, but not none", NameForm), "rspamd",
            "Name of the filter in logs and metrics.")
        {
            Required = true,
        },
        new("Filters:#:Protocol", Choice<FilterProtocol>(), "hooks",
            "Protocol of the filter: milter (version 6 of sendmail's), or hooks (MTA Hooks over HTTP)."),
        new("Filters:#:Endpoint", Text("host:port or unix:/path, or empty for hooks", EndpointForm), "127.0.0.1:11332",
            "Where a milter listens; also in the forms inet:port@host and local:/path."),
        new("Filters:#:Url", Text("an http or https URL, or empty for milters", UrlForm), "https://filter.example.org/hook",
            "URL of a hook."),
        new("Filters:#:User", Text("a user without colons, or empty", UserForm), "postfleet",
            "User for Basic authentication at a hook; without one, the secret is a bearer token."),
        new("Filters:#:SecretFile", FilePath("for none"), "/run/secrets/hook", "File with the secret for a hook."),
        new("Filters:#:Authorities", FilePath("for those of the system"), "/etc/postfleet/authorities.crt",
            "Authorities of the certificate of a hook, in PEM form."),
        new("Filters:#:Stages", Text(FilterStageText.Allowed, FilterStageText.Normalize), "mail rcpt data",
            "Stages at which a hook is asked."),
        new("Filters:#:MaxRequest", Size("1KB", "10GB"), "100MB", "Longest request to a hook; with a longer one, the hook has failed."),
        new("Filters:#:MaxResponse", Size("1KB", "1GB"), "1MB", "Longest answer of a hook; with a longer one, the hook has failed."),
        new("Filters:#:MaxConnections", Number(1, 10_000, "connections"), "20", "Most connections of a node to a hook."),
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
        {
            if (!names.Add(filter.Name)) yield return $"Filters:{index}:Name is '{filter.Name}'; allowed: a name that no other filter has";
            foreach (var fault in CheckProtocol($"Filters:{index}", filter)) yield return fault;
        }

        foreach (var (index, listener) in options.Listeners.Index())
        {
            if (ListenerFilterText.Of(listener)?.FirstOrDefault(name => !names.Contains(name)) is not { } unknown) continue;
            var known = names.Count == 0 ? "none, since there are no Filters" : $"{string.Join(", ", names)}, none";
            yield return $"Listeners:{index}:Filters names '{unknown}'; allowed: {known}";
        }

        if (options.Filters.Count > MaxFilters) yield return $"Filters has {options.Filters.Count} elements; allowed: at most {MaxFilters}";
    }

    /// <summary>The faults of files.</summary>
    public static IEnumerable<string> CheckFiles(FrontendSections options, CheckSurroundings surroundings)
    {
        foreach (var (index, filter) in options.Filters.Index())
        {
            if (filter.SecretFile.Length > 0 && SecretFile.TryRead(surroundings.Full(filter.SecretFile), out _) is { } fault)
                yield return $"Filters:{index}:SecretFile is '{filter.SecretFile}', which {fault}; allowed: a file with the secret";
            if (filter.Authorities.Length > 0
                && FileFaults.TryStart(() => FilterFiles.ReadAuthorities(surroundings.Full(filter.Authorities))) is { } unusable)
            {
                yield return $"Filters:{index}:Authorities is '{filter.Authorities}', which cannot be used: {unusable}; " +
                    "allowed: a file with certificates in PEM form";
            }
        }
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

            if (filter.Url.Length > 0 && new Uri(filter.Url) is { IsLoopback: false, Scheme: "http" })
                yield return $"Filters:{index}:Url is '{filter.Place()}': all mail goes there without encryption";
        }
    }

    private static string? NameForm(string text) => ListenerFilterText.IsName(text) ? text : null;

    private static IEnumerable<string> CheckProtocol(string key, FilterOptions filter)
    {
        if (filter.Protocol == FilterProtocol.Hooks)
        {
            if (filter.Url.Length == 0) yield return $"{key}:Url is empty; allowed: an http or https URL, since {key}:Protocol is 'hooks'";
            if (filter.Endpoint is { } endpoint)
                yield return $"{key}:Endpoint is '{endpoint}'; allowed: empty, since {key}:Protocol is 'hooks'";
            if (filter.User.Length > 0 && filter.SecretFile.Length == 0)
                yield return $"{key}:User is '{filter.User}'; allowed: empty, since {key}:SecretFile is empty";
            yield break;
        }

        if (filter.Endpoint is null)
            yield return $"{key}:Endpoint is empty; allowed: host:port or unix:/path, since {key}:Protocol is 'milter'";
        (string Name, string Value)[] foreign =
        [
            ("Url", FilterOptions.PlaceOf(filter.Url)), ("User", filter.User), ("SecretFile", filter.SecretFile),
            ("Authorities", filter.Authorities),
        ];
        foreach (var (name, value) in foreign)
            if (value.Length > 0) yield return $"{key}:{name} is '{value}'; allowed: empty, since {key}:Protocol is 'milter'";
    }

    private static string? EndpointForm(string text) => text.Length == 0 ? "" : FilterEndpoint.TryParse(text)?.ToString();

    private static string? UrlForm(string text) => text.Length == 0
        || (text.Length <= MaxUrl && Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https"
            && uri.UserInfo.Length == 0 && uri.Fragment.Length == 0) ? text : null;

    private static string? UserForm(string text) => text.Any(c => c is < ' ' or ':' or > '~') ? null : text;

    private static string? ServicesForm(string text)
    {
        var given = FilterOptions.ServicesOf(text.ToLowerInvariant());
        return given.All(Services.Contains) ? string.Join(", ", given.Distinct()) : null;
    }
}
