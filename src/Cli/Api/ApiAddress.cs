using System.CommandLine;
using Postfleet.Cli.Common;

namespace Postfleet.Cli.Api;

/// <summary>Where the API is, and the token for it.</summary>
/// <param name="Endpoint">The base address, which ends with a slash.</param>
/// <param name="Token">The token; empty for none.</param>
internal sealed record ApiAddress(Uri Endpoint, string Token)
{
    private const string EndpointVariable = "POSTFLEET_ENDPOINT";
    private const string TokenVariable = "POSTFLEET_TOKEN";

    /// <summary>
    /// Takes option, variable and configuration in this order. The token of the configuration goes only to the endpoint of the
    /// configuration.
    /// </summary>
    /// <exception cref="VerbException">No endpoint is known, or the given endpoint is none.</exception>
    public static ApiAddress Find(ParseResult parsed, string? endpoint, string? token, ClientSurroundings surroundings)
    {
        endpoint ??= Variable(EndpointVariable);
        token ??= Variable(TokenVariable);
        if (endpoint is not null) return new ApiAddress(Parse(endpoint), token ?? "");
        var node = surroundings.FindNode(parsed);
        if (node.Problem.Length > 0) throw new VerbException(ExitCode.WrongUse, node.Problem);
        return new ApiAddress(Parse(node.Endpoint), token ?? node.Token);

        string? Variable(string name) => surroundings.Environment[name] is string { Length: > 0 } value ? value : null;
    }

    private static Uri Parse(string text)
    {
        var full = text.Contains("://", StringComparison.Ordinal) ? text : $"http://{text}";
        return Uri.TryCreate(full.TrimEnd('/') + "/", UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https"
                && uri.Host.Length > 0 && uri.Query.Length == 0 && uri.Fragment.Length == 0
            ? uri
            : throw new VerbException(ExitCode.WrongUse, $"the endpoint is '{text}'; allowed: host:port, or a URL of http or https");
    }
}
