using System.CommandLine;
using System.Text;
using Postfleet.Cli.Api;
using Postfleet.Cli.Common;
using Postfleet.Cli.Rendering;

namespace Postfleet.Cli.Verbs;

/// <summary>The verbs <c>messages</c>, <c>message</c> and <c>resolve</c>.</summary>
internal static class MessageVerbs
{
    private static readonly (string Option, string Parameter, string Value, string Description)[] Filters =
    [
        ("--recipient", "recipient", "ADDRESS", "Messages to an address"),
        ("--sender", "sender", "ADDRESS", "Messages of a sender; <> for reports"),
        ("--domain", "domain", "DOMAIN", "Messages to a domain"),
        ("--stream", "stream", "STREAM", "Messages of a stream"),
        ("--state", "state", "STATE", "Messages in a state: accepted, delivered, deferred, failed, expired, dropped"),
        ("--message-id", "messageId", "ID", "Messages with a Message-ID in the header"),
        ("--reply", "reply", "TEXT", "Messages whose last reply has a text"),
    ];

    private static readonly Column[] Columns =
    [
        Column.Text("Id", "id"), Column.Time("Time", "at"), Column.Text("State", "state"), Column.Text("Sender", "sender"),
        Column.Text("Recipient", "recipient"), Column.Text("Queue", "queue"), Column.Text("Class", "class"), Column.Text("Reply", "reply"),
    ];

    public static IEnumerable<Command> Create(VerbFrame frame) => [Search(frame), Timeline(frame), Resolve(frame)];

    private static Command Search(VerbFrame frame)
    {
        var filters = Filters.Select(each => (each.Parameter, Option: new Option<string?>(each.Option)
        {
            HelpName = each.Value,
            Description = each.Description,
        })).ToList();
        var since = new Option<string?>("--since") { HelpName = "TIME", Description = "From a time, or a duration ago such as 2h" };
        var until = new Option<string?>("--until") { HelpName = "TIME", Description = "Until a time, or a duration ago" };
        var (limit, cursor) = (VerbFrame.Limit(), VerbFrame.Cursor());
        return frame.Verb(
            "messages", "Search messages that wait, or whose history is kept.",
            [.. filters.Select(each => each.Option), since, until, limit, cursor],
            (session, token) => session.ShowAsync(
                ApiQuery.Path(
                    "messages",
                    [
                        .. filters.Select(each => (each.Parameter, (object?)session.Parsed.GetValue(each.Option))),
                        ("since", Time(session, since)), ("until", Time(session, until)),
                        ("limit", session.Parsed.GetValue(limit)), ("cursor", session.Parsed.GetValue(cursor)),
                    ]),
                answer => Show(session, answer), token));
    }

    private static Command Timeline(VerbFrame frame)
    {
        var id = new Argument<string>("ID") { Description = "The id of the message, as in the reply to its acceptance" };
        var raw = new Option<bool>("--raw") { Description = "Print the message itself, octet for octet, while it waits" };
        return frame.Verb("message", "Show the timeline of a message.", [id, raw], (session, token) =>
        {
            var path = $"messages/{ApiQuery.Segment("ID", session.Parsed.GetValue(id)!)}";
            return session.Parsed.GetValue(raw) ? PrintAsync(session, $"{path}/raw", token)
                : session.ShowAsync(path, answer => session.Screen.Details(answer.Root), token);
        });
    }

    private static async Task<int> PrintAsync(Session session, string path, CancellationToken cancellationToken)
    {
        var octets = await session.Api.GetOctetsAsync(path, cancellationToken);
        if (session.Surroundings.IsTerminal)
        {
            // A message could control the terminal.
            foreach (var line in Encoding.UTF8.GetString(octets).Split('\n')) session.Screen.Line(Clean.Text(line.TrimEnd('\r')));
            return ExitCode.Done;
        }

        await using var output = session.Surroundings.OpenOutput();
        await output.WriteAsync(octets, cancellationToken);
        return ExitCode.Done;
    }

    private static Command Resolve(VerbFrame frame)
    {
        var domain = new Argument<string>("DOMAIN") { Description = "The domain of a recipient" };
        var stream = new Option<string?>("--stream") { HelpName = "STREAM", Description = "The stream of the mail" };
        return frame.Verb("resolve", "Show where mail for a domain would go, and under which limits.", [domain, stream], (session, token) =>
            session.ShowAsync(
                ApiQuery.Path("resolve", ("domain", session.Parsed.GetValue(domain)), ("stream", session.Parsed.GetValue(stream))),
                answer => session.Screen.Details(answer.Root), token));
    }

    private static void Show(Session session, ApiAnswer answer)
    {
        var messages = answer.Root.List("messages");
        if (messages.Count > 0) session.Screen.Table(Columns, messages);
        else session.Screen.Line("no messages");
        session.Complete(answer);
    }

    private static string? Time(Session session, Option<string?> option) => session.Parsed.GetValue(option) is { } text
        ? TimeOption.Read(option.Name, text, isPast: true, session.Surroundings.Time)
        : null;
}
