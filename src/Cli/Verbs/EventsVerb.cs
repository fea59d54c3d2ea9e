using System.CommandLine;
using System.Text.Json;
using Postfleet.Cli.Api;
using Postfleet.Cli.Common;
using Postfleet.Cli.Rendering;

namespace Postfleet.Cli.Verbs;

/// <summary>The verb <c>events</c>: a line for each event of the cluster, until Ctrl-C. Lost connections are made again.</summary>
internal static class EventsVerb
{
    private const string Gap = "feed.gap";
    private const string Prefix = "message.";

    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan MaxPause = TimeSpan.FromSeconds(10);

    // A node sends something every 15 s.
    private static readonly TimeSpan MaxSilence = TimeSpan.FromSeconds(45);

    private static readonly (string Option, string Value, string Description)[] Filters =
    [
        ("--stream", "STREAM", "Events of a stream"), ("--queue", "KEY", "Events of a queue"),
        ("--domain", "DOMAIN", "Events of recipients in a domain"), ("--sender", "ADDRESS", "Events of a sender; <> for reports"),
        ("--recipient", "ADDRESS", "Events of a recipient"),
    ];

    public static Command Create(VerbFrame frame)
    {
        var events = new Option<string?>("--events")
        {
            HelpName = "NAMES",
            Description = "Names of events with commas, for example delivered,failed",
        };
        var filters = Filters.Select(each => new Option<string?>(each.Option)
        {
            HelpName = each.Value,
            Description = each.Description,
        }).ToList();
        var after = new Option<string?>("--after") { HelpName = "POSITION", Description = "Continue after a position of --json" };
        return frame.Verb(
            "events", "Show the events of messages as they happen. Ends with Ctrl-C.", [events, .. filters, after],
            (session, token) => RunAsync(
                session,
                ApiQuery.Path(
                    "events",
                    [
                        ("events", Names(session.Parsed.GetValue(events))),
                        .. filters.Select(each => (each.Name[2..], (object?)session.Parsed.GetValue(each))),
                    ]),
                session.Parsed.GetValue(after), token));
    }

    private static string? Names(string? names) => names is null ? null : string.Join(
        ',', names.Split(',').Select(name => name.Contains('.', StringComparison.Ordinal) ? name : Prefix + name));

    private static async Task<int> RunAsync(Session session, string path, string? position, CancellationToken cancellationToken)
    {
        var (isFirst, pause) = (true, TimeSpan.Zero);
        try
        {
            while (true)
            {
                var lost = "the node has ended the stream";
                try
                {
                    using var response = await session.Api.OpenAsync(path, position, cancellationToken);
                    isFirst = false;
                    using var text = new StreamReader(await response.Content.ReadAsStreamAsync(cancellationToken));
                    var reader = new EventReader(text);
                    while (await NextAsync(session, reader, cancellationToken) is { } received)
                    {
                        (position, pause) = (received.Position ?? position, TimeSpan.Zero);
                        if (received.Data.Length > 0) Print(session, received);
                    }
                }
                catch (VerbException e) when (e.IsTemporary && !isFirst)
                {
                    lost = e.Message;
                }
                catch (Exception e) when (e is IOException or HttpRequestException)
                {
                    lost = e.Message;
                }

                session.Screen.Warn(Clean.Text($"{lost}; connecting again"));
                await Task.Delay(pause, session.Surroundings.Time, cancellationToken);
                pause = pause == TimeSpan.Zero ? FirstPause : pause * 2 < MaxPause ? pause * 2 : MaxPause;
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            if (position is not null && !session.IsJson) session.Screen.Warn($"to continue here: --after {position}");
            return ExitCode.Done;
        }
        catch (InvalidDataException)
        {
            throw new VerbException(ExitCode.Failed, "the answer is no stream of events; is the API of a node there?");
        }
    }

    private static async Task<ReceivedEvent?> NextAsync(Session session, EventReader reader, CancellationToken cancellationToken)
    {
        using var silence = new CancellationTokenSource(MaxSilence, session.Surroundings.Time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(silence.Token, cancellationToken);
        try
        {
            return await reader.ReadAsync(both.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new IOException($"nothing came for {MaxSilence.TotalSeconds:0} s");
        }
    }

    // A fault of the output is no lost connection.
    private static void Print(Session session, ReceivedEvent received)
    {
        try
        {
            Show(session, received);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw VerbException.OfOutput(e);
        }
    }

    private static void Show(Session session, ReceivedEvent received)
    {
        if (session.IsJson)
        {
            var position = received.Position is null ? "null" : $"\"{JsonEncodedText.Encode(received.Position)}\"";
            session.Screen.Line(
                $"{{\"position\":{position},\"event\":\"{JsonEncodedText.Encode(received.Name)}\",\"data\":{received.Data}}}");
            return;
        }

        if (received.Name == Gap)
        {
            session.Screen.Warn("events are missing: the history has dropped them before they were read");
            return;
        }

        session.Screen.Line(Line(Parse(received.Data)));
    }

    private static string Line(JsonElement one)
    {
        var (reply, type) = (one.Get("reply").Words(), one.Get("class").Words());
        string[] words =
        [
            one.Time("at") is { } at ? Ages.Utc(at) : "-", one.Get("kind").Words().PadRight("delivered".Length),
            one.Get("messageId").Words(), one.Get("queue").Words(), $"<{one.Get("sender").Words()}>", "->",
            $"<{one.Get("recipient").Words()}>",
            type.Length > 0 ? $"[{type}]" : "", reply,
        ];
        return string.Join(' ', words.Where(word => word.Length > 0));
    }

    private static JsonElement Parse(string data)
    {
        try
        {
            using var document = JsonDocument.Parse(data);
            return document.RootElement.Clone();
        }
        catch (JsonException)
        {
            throw new InvalidDataException();
        }
    }
}
