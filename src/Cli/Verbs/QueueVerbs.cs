using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Postfleet.Cli.Api;
using Postfleet.Cli.Rendering;

namespace Postfleet.Cli.Verbs;

/// <summary>The verbs <c>queues</c>, <c>queue</c>, <c>destinations</c> and <c>destination</c>.</summary>
internal static class QueueVerbs
{
    /// <summary>The columns of queues.</summary>
    public static readonly Column[] Queues =
    [
        Column.Text("Queue", "key"), Column.Number("Messages", "messages"), Column.Number("Recipients", "recipients"),
        Column.Number("Due", "due"), Column.Number("Deferred", "deferred"), Column.Number("Sending", "inFlight"),
        Column.Number("Held", "held") with { IsRare = true },
        Column.Age("Oldest", "oldestAcceptedAt"), Column.Until("Next", "nextDue"), Column.Text("Node", "node"),
        Column.Text("Last reply", "lastReply"),
    ];

    /// <summary>The columns of destinations.</summary>
    public static readonly Column[] Destinations =
    [
        Column.Text("Destination", "id"), Column.Number("Waiting", "waiting"), Column.Number("Sending", "running"),
        new("Connections", (row, _) => $"{row.Get("connections").Words()}/{row.Get("maxConnections").Words()}", IsNumber: true)
        {
            Order = (row, _) => row.Number("connections"),
        },
        Column.Text("Rate", "maxRate"), Column.Number("Queues", "queues"), Column.Until("Paused", "downUntil"),
        Column.Text("Node", "node"), Column.Text("Last failure", "reply"),
    ];

    private static readonly Column[] Sources =
    [
        Column.Text("Source", "source"), Column.Text("Provider", "provider"), Column.Number("Destinations", "destinations"),
        Column.Number("Unreachable", "unreachable"), Column.Number("Paused", "paused"), Column.Number("Slowed", "lowered"),
        Column.Number("Waiting", "waiting"), Column.Number("Sending", "running"), Column.Number("Connections", "connections"),
        Column.Age("Since", "failedSince"), Column.Text("Newest trouble", "reply"),
    ];

    public static IEnumerable<Command> Create(VerbFrame frame)
    {
        var (limit, cursor) = (VerbFrame.Limit(), VerbFrame.Cursor());
        var names = new LiveNames(frame);
        var key = new Argument<string>("KEY") { HelpName = "KEY", Description = "The key of the queue, stream:domain" };
        key.CompletionSources.Add(names.Queues);
        var id = new Argument<string>("ID") { HelpName = "ID", Description = "The id of the destination, source|site, as in the list" };
        id.CompletionSources.Add(names.Destinations);
        var pattern = new Argument<string?>("PATTERN")
        {
            Arity = ArgumentArity.ZeroOrOne,
            Description = "Only queues whose key matches, such as 'bulk:*'",
        };
        IReadOnlyList<(string Name, Option<string?> Option)> filters =
        [
            ("domain", new("--domain") { HelpName = "DOMAIN", Description = "Only a domain, or its subdomains: *.example.org" }),
            ("stream", new("--stream") { HelpName = "STREAM", Description = "Only a stream" }),
            ("site", new("--site") { HelpName = "PATTERN", Description = "Only queues whose mail goes to a destination" }),
        ];
        var queues = frame.Verb(
            "queues", "List the queues of the cluster, the longest first.",
            [pattern, .. filters.Select(filter => filter.Option), limit, cursor],
            (session, token) => session.ShowAsync(
                ApiQuery.Path(
                    "queues",
                    [
                        ("queue", session.Parsed.GetValue(pattern)),
                        .. filters.Select(filter => (filter.Name, (object?)session.Parsed.GetValue(filter.Option))),
                        ("limit", session.Parsed.GetValue(limit)), ("cursor", session.Parsed.GetValue(cursor)),
                    ]),
                answer => ShowQueues(session, answer), token));
        queues.Aliases.Add("mailq");
        yield return queues;
        yield return frame.Verb(
            "queue", "Show a queue, and what it waits for.", [key],
            (session, token) => session.ShowAsync(
                $"queues/{ApiQuery.Segment("KEY", session.Parsed.GetValue(key)!)}", answer => session.Screen.Details(answer.Root), token));
        yield return frame.Verb(
            "destination", "Show a destination: its connections, limits and queues, and what it waits for.", [id],
            (session, token) => session.ShowAsync(
                $"destinations/{ApiQuery.Segment("ID", session.Parsed.GetValue(id)!)}",
                answer =>
                {
                    session.Screen.Details(answer.Root);
                    session.Complete(answer);
                },
                token));
        Option<string?> source = new("--source") { HelpName = "NAME", Description = "Only the sites to which a source sends" };
        yield return frame.Verb(
            "destinations", "List the sites to which mail is sent, with their limits, and the health of the sources.",
            [source, limit, cursor],
            (session, token) => session.ShowAsync(
                ApiQuery.Path(
                    "destinations", ("source", session.Parsed.GetValue(source)), ("limit", session.Parsed.GetValue(limit)),
                    ("cursor", session.Parsed.GetValue(cursor))),
                answer => ShowDestinations(session, answer), token));
    }

    /// <summary>The sums of the answer with queues, in a line.</summary>
    public static string Totals(JsonElement answer)
    {
        var total = answer.Get("total");
        var unclaimed = answer.Get("unclaimed").Number("messages");
        return $"{Counted.Text(total.Number("messages"), "message")} for {Counted.Text(total.Number("recipients"), "recipient")} " +
            $"in {Counted.Text(answer.Number("queueCount"), "queue")}: " +
            $"{total.Number("due")} due, {total.Number("deferred")} deferred, {total.Number("inFlight")} being sent" +
            (total.Number("held") > 0 ? $", {total.Number("held")} on hold" : "") +
            (unclaimed > 0 ? $"; {unclaimed} not yet in a queue" : "");
    }

    /// <summary>The throughput in the answer with queues, in a line.</summary>
    public static string Throughput(JsonElement answer)
    {
        var rates = answer.Get("throughput");
        return string.Create(
            CultureInfo.InvariantCulture,
            $"accepted {Rate("accepted"):0.#}/s, delivered {Rate("delivered"):0.#}/s, deferred {Rate("deferred"):0.#}/s (recipients)");

        double Rate(string member) => rates.Get(member) is { ValueKind: JsonValueKind.Number } rate ? rate.GetDouble() : 0;
    }

    private static void ShowQueues(Session session, ApiAnswer answer)
    {
        var queues = answer.Root.List("queues");
        if (queues.Count > 0) session.Screen.Table(Queues, queues);
        session.Screen.Line(Totals(answer.Root));
        session.Complete(answer);
    }

    private static void ShowDestinations(Session session, ApiAnswer answer)
    {
        var destinations = answer.Root.List("destinations");
        if (destinations.Count > 0) session.Screen.Table(Destinations, destinations);
        var sources = answer.Root.List("sources");
        // The sums of one source without a provider say no more than the list.
        if (sources.Count > 1 || sources.Any(each => each.Get("provider").ValueKind == JsonValueKind.String))
            session.Screen.Table(Sources, sources);
        session.Screen.Line(Counted.Text(answer.Root.Number("destinationCount"), "destination"));
        session.Complete(answer);
    }
}
