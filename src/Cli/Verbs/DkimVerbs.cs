using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using Postfleet.Cli.Api;
using Postfleet.Cli.Common;
using Postfleet.Cli.Rendering;

namespace Postfleet.Cli.Verbs;

/// <summary>The verb <c>dkim</c>, whose verbs manage the keys in storage that sign mail.</summary>
internal static class DkimVerbs
{
    private static readonly Column[] Columns =
    [
        Column.Text("Domain", "domain"), Column.Text("Selector", "selector"), Column.Text("Stream", "stream"),
        Column.Text("Algorithm", "algorithm"), Column.Text("State", "state"), Column.Time("Created", "createdAt"),
        Column.Time("Signs from", "signsFrom"), Column.Time("Keep record until", "keepRecordUntil"),
    ];

    public static Command Create(VerbFrame frame) => new("dkim", "Manage the keys in storage that sign mail.")
    {
        New(frame), List(frame), Show(frame),
        Change(frame, "activate", "Let a key sign at once, whatever the DNS says.", "signs from now on"),
        Change(frame, "retire", "End the signing by a key, on all nodes.", "is retired, and signs nothing any more"),
    };

    private static Command New(VerbFrame frame)
    {
        var (domain, selector) = (Domain(), Selector());
        var algorithm = new Option<string?>("--algorithm") { HelpName = "rsa|ed25519", Description = "The algorithm; rsa by default" };
        algorithm.CompletionSources.Add("rsa", "ed25519");
        var stream = new Option<string?>("--stream")
        {
            HelpName = "STREAM",
            Description = "The stream whose mail the key signs; all without a key of their own by default",
        };
        return frame.Verb(
            "new", "Make a key, and print its record for the DNS. It signs once the record is seen.", [domain, selector, algorithm, stream],
            async (session, token) =>
            {
                var body = new JsonObject
                {
                    ["domain"] = session.Parsed.GetValue(domain),
                    ["selector"] = session.Parsed.GetValue(selector),
                };
                if (session.Parsed.GetValue(algorithm) is { } kind) body["algorithm"] = kind;
                if (session.Parsed.GetValue(stream) is { } name) body["stream"] = name;
                var answer = await session.Api.SendAsync(HttpMethod.Post, "dkim", body.ToJsonString(), token);
                if (session.IsJson)
                {
                    session.Write(answer);
                    return ExitCode.Done;
                }

                session.Screen.Line("publish this record; the key signs some minutes after the nodes have seen it:");
                session.Screen.Line(RecordOf(answer.Root));
                return ExitCode.Done;
            });
    }

    private static Command List(VerbFrame frame)
    {
        var (limit, cursor) = (VerbFrame.Limit(), VerbFrame.Cursor());
        return frame.Verb("list", "List the keys by domain and selector.", [limit, cursor], (session, token) => session.ShowAsync(
            ApiQuery.Path("dkim", ("limit", session.Parsed.GetValue(limit)), ("cursor", session.Parsed.GetValue(cursor))),
            answer =>
            {
                var keys = answer.Root.List("keys");
                if (keys.Count > 0) session.Screen.Table(Columns, keys);
                else session.Screen.Line("no keys in storage");
                session.Complete(answer);
            },
            token));
    }

    private static Command Show(VerbFrame frame)
    {
        var (domain, selector) = (Domain(), Selector());
        return frame.Verb("show", "Show a key and its record, and what the DNS has.", [domain, selector], (session, token) =>
            session.ShowAsync(
                Path(session, domain, selector),
                answer =>
                {
                    session.Screen.Details(answer.Root);
                    session.Screen.Line(Meaning(answer.Root));
                    if (answer.Root.Get("state").Words() != "retired") session.Screen.Line(RecordOf(answer.Root));
                },
                token));
    }

    private static Command Change(VerbFrame frame, string verb, string description, string outcome)
    {
        var (domain, selector) = (Domain(), Selector());
        return frame.Verb(verb, description, [domain, selector], async (session, token) =>
        {
            var answer = await session.Api.SendAsync(HttpMethod.Post, $"{Path(session, domain, selector)}/{verb}", null, token);
            if (session.IsJson)
            {
                session.Write(answer);
                return ExitCode.Done;
            }

            var key = answer.Root;
            session.Screen.Line($"key {key.Get("selector").Words()} of {key.Get("domain").Words()} {outcome}");
            if (verb == "retire") session.Screen.Line(Meaning(key));
            return ExitCode.Done;
        });
    }

    private static string Meaning(JsonElement key) => (key.Get("state").Words(), key.Get("dns").Words()) switch
    {
        ("retired", _) => $"leave the record {key.Get("recordName").Words()} in the DNS until {key.Get("keepRecordUntil").Words()}: "
            + "mail under way has signatures by the key",
        ("active", "missing" or "different") => "the DNS does not have the record, so receivers refuse signatures by the key: publish it",
        ("active", _) => "the newest active key of an algorithm, domain and stream signs",
        ("published", _) => $"the nodes have seen the record; the key signs from {key.Get("signsFrom").Words()}",
        (_, "different") => "the key waits: the DNS has another record, or several; it must have this one alone",
        (_, "unknown") => "the key waits: the DNS does not answer this node",
        (_, "published") => "the DNS has the record; the nodes look for it each 15 s",
        _ => "the key waits: the DNS does not have the record yet; the nodes look for it each 15 s",
    };

    // The form of a zone file (RFC 1035 section 5.1). The record has no quotes and no backslashes.
    private static string RecordOf(JsonElement key) =>
        $"{key.Get("recordName").Words()}. IN TXT ( "
            + string.Join(' ', key.List("recordTexts").Select(text => $"\"{Clean.Text(text.GetString()!)}\"")) + " )";

    private static string Path(Session session, Argument<string> domain, Option<string> selector) =>
        $"dkim/{ApiQuery.Segment(domain.Name, session.Parsed.GetValue(domain)!)}/"
            + ApiQuery.Segment(selector.Name, session.Parsed.GetValue(selector)!);

    private static Argument<string> Domain() => new("DOMAIN") { Description = "The domain in From whose mail the key signs" };

    private static Option<string> Selector() =>
        new("--selector") { HelpName = "S", Description = "The selector of the key", Required = true };
}
