using System.CommandLine;
using System.Text.Json;
using Postfleet.Cli.Api;
using Postfleet.Cli.Common;
using Postfleet.Cli.Rendering;

namespace Postfleet.Cli.Verbs;

/// <summary>The verbs for orders of actions, and <c>actions</c>, which shows and cancels actions.</summary>
internal static class ActionVerbs
{
    private const string Everything = "*";

    private const string Move = "move";

    private static readonly (string Kind, string Description, bool Asks)[] Kinds =
    [
        ("suspend", "Start no attempts of queues until the action expires or is cancelled.", false),
        ("resume", "End suspensions.", false),
        ("retry", "Try messages now.", false),
        ("bounce", "Return messages to their senders.", true),
        ("delete", "Delete messages without a report to their senders.", true),
        ("hold", "Keep messages until they are released.", false),
        ("release", "Try messages on hold now.", false),
        (Move, "Move messages to another stream, or queues to another route.", false),
    ];

    private static readonly Column[] Columns =
    [
        Column.Number("Id", "id"), new("Kind", (row, _) => Kind(row)), Column.Text("State", "state"), Column.Text("Selector", "selector"),
        Column.Number("Queues", "queues"), Column.Number("Messages", "messages"), Column.Time("Ordered", "orderedAt"),
        Column.Time("Expires", "expires"), Column.Text("Author", "author"), Column.Text("Reason", "reason"),
    ];

    public static IEnumerable<Command> Create(VerbFrame frame) =>
    [
        List(frame),
        .. Kinds.Select(each => Ordering(frame, each.Kind, each.Kind, each.Description, each.Asks, null)),
        Ordering(frame, "flush", "retry", "Try all deferred messages now, or the messages of a target.", false, Everything),
    ];

    private static Command Ordering(VerbFrame frame, string name, string kind, string description, bool asks, string? everything)
    {
        var options = new ActionOptions(new LiveNames(frame), kind == Move);
        return frame.Verb(name, description, options.Symbols, async (session, token) =>
        {
            var parsed = session.Parsed;
            var order = options.Order(kind, everything, isDryRun: false, session);
            if (options.IsDryRun(parsed) || (asks && !options.IsYes(parsed)))
            {
                if (!options.IsDryRun(parsed) && !session.Surroundings.CanAsk)
                    throw new VerbException(
                        ExitCode.WrongUse, $"{name} asks before it acts, and there is no terminal: add --yes or --dry-run");
                var counted = await session.Api.SendAsync(
                    HttpMethod.Post, "actions", options.Order(kind, everything, isDryRun: true, session), token);
                if (options.IsDryRun(parsed))
                {
                    if (session.IsJson) session.Write(counted);
                    else if (counted.Root.Get("suspensions").ValueKind == JsonValueKind.Number)
                        session.Screen.Line($"{name} would end {Counted.Text(counted.Root.Number("suspensions"), "suspension")}");
                    else session.Screen.Line($"{name} would concern {Extent(counted)}");
                    return ExitCode.Done;
                }

                if (!await session.ConfirmAsync(name, $"{name} {Extent(counted)}?", token))
                    throw new VerbException(ExitCode.Failed, "nothing was done");
            }

            var answer = await session.Api.SendAsync(HttpMethod.Post, "actions", order, token);
            return await ActionProgress.FollowAsync(session, answer, options.IsWaiting(parsed), token);
        });
    }

    private static Command List(VerbFrame frame)
    {
        var (limit, cursor) = (VerbFrame.Limit(), VerbFrame.Cursor());
        var names = new LiveNames(frame);
        var one = new Argument<string?>("ID")
        {
            HelpName = "ID",
            Arity = ArgumentArity.ZeroOrOne,
            Description = "The id of an action, to see it alone",
        };
        one.CompletionSources.Add(names.Actions);
        var list = frame.Verb("actions", "List actions, the newest first, or show one.", [one, limit, cursor], (session, token) =>
            session.Parsed.GetValue(one) is { } id
                ? session.ShowAsync($"actions/{ApiQuery.Segment("ID", id)}", answer => session.Screen.Details(answer.Root), token)
                : session.ShowAsync(
                    ApiQuery.Path("actions", ("limit", session.Parsed.GetValue(limit)), ("cursor", session.Parsed.GetValue(cursor))),
                    answer => Show(session, answer), token));
        var ended = new Argument<string>("ID") { HelpName = "ID", Description = "The id of the action" };
        ended.CompletionSources.Add(names.Actions);
        list.Add(frame.Verb("cancel", "End an action; what is done stays done.", [ended], async (session, token) =>
        {
            var id = session.Parsed.GetValue(ended)!;
            var answer = await session.Api.SendAsync(HttpMethod.Delete, $"actions/{ApiQuery.Segment("ID", id)}", null, token);
            if (session.IsJson) session.Write(answer);
            else session.Screen.Line(
                $"action {Clean.Text(id)} {(answer.Root.Get("state").Words() is { Length: > 0 } state ? state : "cancelled")}");
            return ExitCode.Done;
        }));
        return list;
    }

    private static string Kind(JsonElement action) => action.Get("kind").Words() +
        (action.Get("toStream").Words() is { Length: > 0 } stream ? $" to stream {stream}" : "") +
        (action.Get("toRoute").Words() is { Length: > 0 } route ? $" to route {route}" : "");

    private static void Show(Session session, ApiAnswer answer)
    {
        var actions = answer.Root.List("actions");
        if (actions.Count > 0) session.Screen.Table(Columns, actions);
        else session.Screen.Line("no actions");
        session.Complete(answer);
    }

    /// <summary>How much an action concerns; a count that was ended early, or without some nodes, is a lower bound.</summary>
    private static string Extent(ApiAnswer answer) =>
        (answer.Root.Get("isComplete").ValueKind == JsonValueKind.False ? "at least " : "") +
        $"{Counted.Text(answer.Root.Number("messages"), "message")} in {Counted.Text(answer.Root.Number("queues"), "queue")}" +
        (answer.Root.Number("inFlight") is > 0 and var inFlight ? $", {inFlight} of them being sent now" : "");
}
