using System.Net;
using System.Text.Json;
using Postfleet.Cli.Common;

namespace Postfleet.Cli.Api;

/// <summary>Makes the failure of a verb from an answer with an error status (RFC 9457).</summary>
internal static class ApiFailure
{
    /// <summary>The end of the problem type of an unknown path.</summary>
    private const string NoRoute = ":not-found";

    /// <summary>The end of the problem type of a configuration with errors.</summary>
    private const string ReloadRefused = ":reload-refused";

    /// <summary>The failure for an answer.</summary>
    public static VerbException Of(HttpStatusCode status, string text, ApiAddress address)
    {
        var (type, detail) = Read(text);
        return status switch
        {
            HttpStatusCode.Unauthorized => new(
                ExitCode.Failed,
                $"{address.Endpoint} {(address.Token.Length > 0 ? "refuses the token" : "needs a token")}: --token or POSTFLEET_TOKEN"),
            HttpStatusCode.Forbidden => new(ExitCode.Failed, detail ?? "the token may not do this"),
            HttpStatusCode.NotFound when detail is null || type.EndsWith(NoRoute, StringComparison.Ordinal) => new(
                ExitCode.Failed, $"{address.Endpoint} does not have this request; does an older version run there? See postfleet status"),
            HttpStatusCode.NotFound => new(ExitCode.NotFound, detail),
            HttpStatusCode.UnprocessableEntity when type.EndsWith(ReloadRefused, StringComparison.Ordinal) => Refused(text),
            HttpStatusCode.BadRequest or HttpStatusCode.UnprocessableEntity => new(ExitCode.WrongUse, detail ?? Plain(status)),
            _ => new(ExitCode.Failed, detail ?? Plain(status))
            {
                IsTemporary = status is HttpStatusCode.TooManyRequests or >= HttpStatusCode.InternalServerError,
            },
        };

        string Plain(HttpStatusCode code) => $"{address.Endpoint} answered {(int)code}";
    }

    // Every error has a line of its own. The names of nodes without an answer follow.
    private static VerbException Refused(string text)
    {
        using var document = JsonDocument.Parse(text);
        var lines = Texts(document.RootElement, "errors");
        if (Texts(document.RootElement, "unanswered") is { Count: > 0 } unanswered)
            lines.Add($"no answer from {string.Join(", ", unanswered)}");
        return new VerbException(ExitCode.Failed, lines.FirstOrDefault()
            ?? "a node refuses its configuration")
        { More = [.. lines.Skip(1)] };
    }

    private static List<string> Texts(JsonElement problem, string name) =>
        problem.TryGetProperty(name, out var list) && list.ValueKind == JsonValueKind.Array
            ? [.. list.EnumerateArray().Select(each => each.ToString())] : [];

    private static (string Type, string? Detail) Read(string text)
    {
        try
        {
            using var document = JsonDocument.Parse(text);
            // Versions before problem+json wrote { "error": ... }.
            return (Member(document.RootElement, "type") ?? "",
                Member(document.RootElement, "detail") ?? Member(document.RootElement, "error"));
        }
        catch (JsonException)
        {
            return ("", null);
        }
    }

    private static string? Member(JsonElement problem, string name) =>
        problem.ValueKind == JsonValueKind.Object && problem.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String
            ? value.GetString()
            : null;
}
