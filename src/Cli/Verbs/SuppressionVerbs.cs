using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using Postfleet.Cli.Api;
using Postfleet.Cli.Common;
using Postfleet.Cli.Rendering;

namespace Postfleet.Cli.Verbs;

/// <summary>The verb <c>suppression</c>, whose verbs manage the recipients that get no mail.</summary>
internal static class SuppressionVerbs
{
    // Entries in a request of an import.
    private const int Piece = 1000;

    // Longer than any target.
    private const int MaxLine = 1000;

    private const string Off = "the node has the list switched off, so that its entries have no effect";

    private static readonly Column[] Columns =
    [
        Column.Text("Target", "target"), Column.Text("Scope", "scope"), Column.Text("Reason", "reason"), Column.Text("Source", "source"),
        Column.Time("Created", "createdAt"), Column.Time("Expires", "expiresAt"),
    ];

    public static Command Create(VerbFrame frame) => new("suppression", "Manage the recipients that get no mail.")
    {
        Add(frame), List(frame), Remove(frame), Import(frame),
    };

    private static Command Add(VerbFrame frame)
    {
        var (target, scope, reason) = (Target(), Scope(), Text("--reason", "TEXT", "Why, in a word or a sentence"));
        var expires = Text("--expires", "TIME", "When it ends: a duration such as 90d, or a time; otherwise never");
        return frame.Verb("add", "Let an address or a domain get no mail.", [target, scope, reason, expires], async (session, token) =>
        {
            var name = session.Parsed.GetValue(target)!;
            var body = Entry(name, session.Parsed.GetValue(scope), session.Parsed.GetValue(reason), session.Parsed.GetValue(expires));
            var answer = await session.Api.SendAsync(HttpMethod.Put, Path(name), body.ToJsonString(), token);
            if (session.IsJson) session.Write(answer);
            else session.Screen.Line($"{answer.Root.Get("target").Words()} gets no mail ({answer.Root.Get("scope").Words()})");
            if (!session.IsJson) NoteOff(session, answer.Root);
            return ExitCode.Done;
        });
    }

    private static Command List(VerbFrame frame)
    {
        var (limit, cursor, scope) = (VerbFrame.Limit(), VerbFrame.Cursor(), Scope());
        var target = Text("--target", "TARGET", "Only entries of this address or domain");
        var domain = Text("--domain", "DOMAIN", "Only entries of this domain and of addresses in it");
        var reason = Text("--reason", "TEXT", "Only entries with this reason");
        return frame.Verb(
            "list", "List the recipients that get no mail.", [target, domain, scope, reason, limit, cursor],
            (session, token) => session.ShowAsync(
                ApiQuery.Path(
                    "suppressions", ("target", session.Parsed.GetValue(target)), ("domain", session.Parsed.GetValue(domain)),
                    ("scope", session.Parsed.GetValue(scope)), ("reason", session.Parsed.GetValue(reason)),
                    ("limit", session.Parsed.GetValue(limit)), ("cursor", session.Parsed.GetValue(cursor))),
                answer =>
                {
                    var entries = answer.Root.List("suppressions");
                    if (entries.Count > 0) session.Screen.Table(Columns, entries);
                    else session.Screen.Line("no entries");
                    if (entries.Count > 0) NoteOff(session, entries[0]);
                    session.Complete(answer);
                },
                token));
    }

    private static Command Remove(VerbFrame frame)
    {
        var (target, scope) = (Target(), Scope());
        return frame.Verb("remove", "Let an address or a domain get mail again.", [target, scope], async (session, token) =>
        {
            var path = ApiQuery.Path(Path(session.Parsed.GetValue(target)!), ("scope", session.Parsed.GetValue(scope)));
            var answer = await session.Api.SendAsync(HttpMethod.Delete, path, null, token);
            if (session.IsJson) session.Write(answer);
            else session.Screen.Line($"{answer.Root.Get("target").Words()} gets mail again ({answer.Root.Get("scope").Words()})");
            return ExitCode.Done;
        });
    }

    private static Command Import(VerbFrame frame)
    {
        var file = new Argument<string>("FILE") { Description = "A file with a target in each line; - for the standard input" };
        var (scope, reason) = (Scope(), Text("--reason", "TEXT", "Why, in a word or a sentence"));
        var expires = Text("--expires", "TIME", "When the entries end: a duration such as 90d, or a time; otherwise never");
        return frame.Verb(
            "import", "Let all addresses and domains of a file get no mail; lines that begin with # are passed over.",
            [file, scope, reason, expires],
            async (session, token) =>
            {
                var name = session.Parsed.GetValue(file)!;
                await using var input = name == "-" ? session.Surroundings.OpenInput() : Open(name);
                using var reader = new StreamReader(input);
                var (entries, added, replaced, isApplied) = (new JsonArray(), 0L, 0L, true);
                for (var number = 1; await reader.ReadLineAsync(token) is { } line; number++)
                {
                    var target = line.Trim();
                    if (target.Length == 0 || target.StartsWith('#')) continue;
                    if (target.Length > MaxLine)
                    {
                        throw new VerbException(
                            ExitCode.WrongUse, $"line {number} of {Clean.Text(name)} is too long; allowed: an address or a domain");
                    }

                    entries.Add(Entry(
                        target, session.Parsed.GetValue(scope), session.Parsed.GetValue(reason), session.Parsed.GetValue(expires)));
                    if (entries.Count == Piece) await SendAsync();
                }

                if (entries.Count > 0) await SendAsync();
                if (session.IsJson)
                {
                    var sum = new JsonObject { ["added"] = added, ["replaced"] = replaced, ["isApplied"] = isApplied };
                    session.Screen.Line(sum.ToJsonString());
                    return ExitCode.Done;
                }

                session.Screen.Line($"{added} entries added, {replaced} replaced");
                if (!isApplied) session.Screen.Warn(Off);
                return ExitCode.Done;

                async Task SendAsync()
                {
                    var body = new JsonObject { ["suppressions"] = entries };
                    var answer = await session.Api.SendAsync(HttpMethod.Post, "suppressions", body.ToJsonString(), token);
                    (added, replaced) = (added + answer.Root.Number("added"), replaced + answer.Root.Number("replaced"));
                    isApplied &= IsApplied(answer.Root);
                    entries = [];
                }
            });
    }

    // An entry has no effect where the configuration has switched the list off: nobody may rely on it.
    private static void NoteOff(Session session, JsonElement entry)
    {
        if (!IsApplied(entry)) session.Screen.Warn(Off);
    }

    private static bool IsApplied(JsonElement answer) => answer.Get("isApplied").ValueKind != JsonValueKind.False;

    private static FileStream Open(string name)
    {
        try
        {
            return File.OpenRead(name);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new VerbException(ExitCode.WrongUse, $"cannot read {Clean.Text(name)}: {e.Message}");
        }
    }

    private static JsonObject Entry(string target, string? scope, string? reason, string? expires)
    {
        var entry = new JsonObject { ["target"] = target };
        if (scope is not null) entry["scope"] = scope;
        if (reason is not null) entry["reason"] = reason;
        if (expires is not null) entry["expires"] = expires;
        return entry;
    }

    private static string Path(string target) => $"suppressions/{ApiQuery.Segment("TARGET", target)}";

    private static Argument<string> Target() =>
        new("TARGET") { HelpName = "TARGET", Description = "An address or a domain" };

    private static Option<string?> Scope() => Text("--scope", "SCOPE", "The mail: all, stream:NAME or user:NAME; otherwise all");

    private static Option<string?> Text(string name, string help, string description) =>
        new(name) { HelpName = help, Description = description };
}
