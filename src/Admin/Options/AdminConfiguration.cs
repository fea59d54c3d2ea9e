using System.Net;
using Postfleet.Configuration;
using static Postfleet.Configuration.ValueRule;

namespace Postfleet.Admin.Options;

/// <summary>The keys of the sections about the admin endpoint, and the rules for combinations of their values.</summary>
public sealed class AdminConfiguration : ModuleConfiguration<AdminSections>
{
    // Ten characters by chance are not guessed over a network.
    private const int LeastToken = 10;

    private const int MaxName = 64;

    private static readonly ValueRule ListenEndpoint = Text("address:port, with IPv6 addresses in brackets", TextForms.ListenEndpoint);
    private static readonly ValueRule Token = Text("letters, digits and -._~+/=, or empty", TextForms.Token);

    /// <inheritdoc/>
    public override IReadOnlyList<ConfigurationKey> Keys { get; } =
    [
        new("Admin:Endpoint", ListenEndpoint, "127.0.0.1:0",
            "Endpoint of the admin API; a token is required except on loopback. Port 0 takes any free port."),
        new("Admin:Token", Token, "4f7b0c1e9a", "Bearer token that allows all requests to the API.") { Secret = SecretKind.Whole },
        new("Admin:TokenFile", FilePath(), "/run/secrets/admin-token", "A file with such a token, read again when it changes."),
        new("Admin:Tokens:#:Name", Text("letters, digits and -._, at most 64", Name), "dashboard",
            "Name of a further token, in log lines and in the actions that it orders.") { Required = true },
        new("Admin:Tokens:#:Token", Token, "8d2a91c07be4", "The token.") { Secret = SecretKind.Whole },
        new("Admin:Tokens:#:TokenFile", FilePath(), "/run/secrets/dashboard-token", "A file with the token, read again when it changes."),
        new("Admin:Tokens:#:Scope", Choice<ApiScope>(), "operate",
            "What the token allows: read all but content, inject messages and nothing else, or operate, which is everything."),
        new("Admin:MaxRate", RateOrNone with { Unit = "requests" }, "1000/m",
            "Most requests to the API with one token, on each node; further requests are answered with status 429."),

        new("Metrics:Enabled", Flag, "false", "Whether metrics are counted, and served at /metrics of the admin endpoint."),
        new("Metrics:NeedsToken", Flag, "false", "Whether requests to /metrics need a token of the API, if there is one."),
        new("Metrics:Domains", Number(0, 500, "domains"), "100",
            "Domains with the most messages that have series of their own; all others share one."),

        new("Tracing:Endpoint", Text("http://host:port or https://host:port, or empty", Collector), "http://127.0.0.1:4318",
            "Collector of OpenTelemetry that gets the traces, by OTLP over HTTP; empty for no traces."),
        new("Tracing:OneOf", Number(1, 1_000_000, "messages"), "100", "One of so many messages is traced."),
    ];

    /// <inheritdoc/>
    public override IReadOnlyList<string> Reloaded { get; } =
    [
        "Admin:Token", "Admin:TokenFile", "Admin:Tokens", "Admin:MaxRate", "Metrics:NeedsToken", "Metrics:Domains",
    ];

    private static string? Collector(string text) => text.Length == 0 ? ""
        : Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https"
            && uri is { PathAndQuery: "/", UserInfo: "" }
            ? uri.GetLeftPart(UriPartial.Authority) : null;

    /// <inheritdoc/>
    protected override IEnumerable<string> Check(AdminSections options)
    {
        var admin = options.Admin;
        if (!IPAddress.IsLoopback(admin.Endpoint.Address) && !admin.AllTokens().Any())
        {
            yield return $"Admin:Endpoint is '{admin.Endpoint}', which is open to others, and Admin:Token is empty; " +
                "allowed: a loopback address, or a token";
        }

        if (admin.Token.Length > 0 && admin.TokenFile.Length > 0)
            yield return "Admin:Token and Admin:TokenFile are both set; allowed: one of them";
        foreach (var (index, token) in admin.Tokens.Index())
        {
            if (token.Token.Length == 0 == (token.TokenFile.Length == 0))
                yield return $"Admin:Tokens:{index} has neither Token nor TokenFile, or both; allowed: one of them";
        }

        var used = new HashSet<string>(StringComparer.Ordinal);
        foreach (var token in admin.AllTokens().Where(token => !used.Add(token.Name)))
        {
            yield return $"Admin:Tokens has the name '{token.Name}' twice, or beside Admin:Token, whose name is " +
                $"'{AdminOptions.SingleName}'; allowed: each name once";
        }
    }

    /// <inheritdoc/>
    protected override IEnumerable<string> CheckFiles(AdminSections options, CheckSurroundings surroundings)
    {
        IEnumerable<(string Key, string File)> files = options.Admin.Tokens.Index()
            .Select(token => ($"Admin:Tokens:{token.Index}:TokenFile", token.Item.TokenFile))
            .Prepend(("Admin:TokenFile", options.Admin.TokenFile));
        foreach (var (key, file) in files.Where(each => each.File.Length > 0))
        {
            if (TokenFile.TryRead(surroundings.Full(file), out _) is { } fault)
                yield return $"{key} is '{file}', which {fault}; allowed: a file with a token";
        }
    }

    /// <inheritdoc/>
    protected override IEnumerable<string> Warn(AdminSections options, CheckSurroundings surroundings)
    {
        var admin = options.Admin;
        if (IPAddress.IsLoopback(admin.Endpoint.Address)) yield break;
        var tokens = admin.Tokens.Index().Select(token => (Key: $"Admin:Tokens:{token.Index}:Token", token.Item.Token))
            .Prepend((Key: "Admin:Token", admin.Token));
        foreach (var (key, token) in tokens.Where(token => token.Token.Length is > 0 and < LeastToken))
        {
            yield return $"{key} has {token.Length} characters and Admin:Endpoint '{admin.Endpoint}' is open to others: " +
                $"it can be guessed; take {LeastToken} or more";
        }
    }

    private static string? Name(string text) =>
        text.Length is > 0 and <= MaxName && text.All(c => char.IsAsciiLetterOrDigit(c) || "-._".Contains(c)) ? text : null;
}
