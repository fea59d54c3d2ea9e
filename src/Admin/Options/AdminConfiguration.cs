using System.Net;
using Postfleet.Configuration;
using static Postfleet.Configuration.ValueRule;

namespace Postfleet.Admin.Options;

/// <summary>The keys of the sections about the admin endpoint, and the rules for combinations of their values.</summary>
public sealed class AdminConfiguration : ModuleConfiguration<AdminSections>
{
    // Ten characters by chance are not guessed over a network.
    private const int LeastToken = 10;

    private static readonly ValueRule ListenEndpoint = Text("address:port, with IPv6 addresses in brackets", TextForms.ListenEndpoint);

    /// <inheritdoc/>
    public override IReadOnlyList<ConfigurationKey> Keys { get; } =
    [
        new("Admin:Endpoint", ListenEndpoint, "127.0.0.1:0",
            "Endpoint of the admin API; a token is required except on loopback. Port 0 takes any free port."),
        new("Admin:Token", Text("letters, digits and -._~+/=, or empty", TextForms.Token), "4f7b0c1e9a",
            "Bearer token that requests to the API must have.") { Secret = SecretKind.Whole },

        new("Metrics:Enabled", Flag, "false", "Whether metrics are counted, and served at /metrics of the admin endpoint."),
        new("Metrics:NeedsToken", Flag, "false", "Whether requests to /metrics need the token of the API, if there is one."),
        new("Metrics:Domains", Number(0, 500, "domains"), "100",
            "Domains with the most messages that have series of their own; all others share one."),

        new("Tracing:Endpoint", Text("http://host:port or https://host:port, or empty", Collector), "http://127.0.0.1:4318",
            "Collector of OpenTelemetry that gets the traces, by OTLP over HTTP; empty for no traces."),
        new("Tracing:OneOf", Number(1, 1_000_000, "messages"), "100", "One of so many messages is traced."),
    ];

    private static string? Collector(string text) => text.Length == 0 ? ""
        : Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https"
            && uri is { PathAndQuery: "/", UserInfo: "" }
            ? uri.GetLeftPart(UriPartial.Authority) : null;

    /// <inheritdoc/>
    protected override IEnumerable<string> Check(AdminSections options)
    {
        var admin = options.Admin;
        if (!IPAddress.IsLoopback(admin.Endpoint.Address) && admin.Token.Length == 0)
        {
            yield return $"Admin:Endpoint is '{admin.Endpoint}', which is open to others, and Admin:Token is empty; " +
                "allowed: a loopback address, or a token";
        }
    }

    /// <inheritdoc/>
    protected override IEnumerable<string> Warn(AdminSections options, CheckSurroundings surroundings)
    {
        var admin = options.Admin;
        if (admin.Token.Length is > 0 and < LeastToken && !IPAddress.IsLoopback(admin.Endpoint.Address))
        {
            yield return $"Admin:Token has {admin.Token.Length} characters and Admin:Endpoint '{admin.Endpoint}' is open to others: " +
                $"it can be guessed; take {LeastToken} or more";
        }
    }
}
