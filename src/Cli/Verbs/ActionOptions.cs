using System.CommandLine;
using System.Text.Json.Nodes;
using Postfleet.Cli.Common;

namespace Postfleet.Cli.Verbs;

/// <summary>The options of a verb for an action, and the order made from them.</summary>
internal sealed class ActionOptions
{
    private const int LengthOfMessageId = 26;

    private readonly Argument<string?> _target = new("TARGET")
    {
        HelpName = "TARGET",
        Arity = ArgumentArity.ZeroOrOne,
        Description = "A queue such as bulk:example.org or 'bulk:*', a domain such as example.org, or the id of a message",
    };

    private readonly IReadOnlyList<(string Member, Option<string?> Option)> _selectors =
    [
        Selector("queue", "PATTERN", "Queues by their keys, in which * stands for any text"),
        Selector("domain", "DOMAIN", "Queues of a domain, or of its subdomains: *.example.org"),
        Selector("stream", "STREAM", "Queues of a stream"),
        Selector("site", "PATTERN", "Queues whose mail goes to a destination"),
        Selector("sender", "ADDRESS", "Messages of a sender, or of all senders of a domain: @example.org"),
        Selector("message", "ID", "One message"),
        Selector("user", "NAME", "Messages that a user submitted"),
    ];

    private readonly Option<string?> _reason = new("--reason") { HelpName = "TEXT", Description = "Why; kept with the action" };

    private readonly Option<string?> _expires = new("--expires")
    {
        HelpName = "TIME",
        Description = "When the action ends by itself: a duration such as 2h, or a time such as 2026-11-29T18:00:00Z",
    };

    private readonly Option<string?> _toStream = new("--to-stream")
    {
        HelpName = "STREAM",
        Description = "The stream in whose queues the messages continue",
    };

    private readonly Option<string?> _toRoute = new("--to-route")
    {
        HelpName = "ROUTE",
        Description = "The name of the route that the queues use until the action expires or is cancelled",
    };

    private readonly bool _isMove;
    private readonly Option<bool> _dryRun = new("--dry-run") { Description = "Only count what the action would concern" };
    private readonly Option<bool> _yes = new("--yes", "-y") { Description = "Do not ask" };
    private readonly Option<bool> _noWait = new("--no-wait") { Description = "Do not wait until the action is done" };

    /// <summary>Makes the options of a verb.</summary>
    /// <param name="names">Completes the names of queues and destinations.</param>
    /// <param name="isMove">Whether the verb moves mail, and takes a stream or a route.</param>
    public ActionOptions(LiveNames names, bool isMove)
    {
        _isMove = isMove;
        _target.CompletionSources.Add(names.Queues);
        _toRoute.CompletionSources.Add(names.Routes);
        foreach (var (member, option) in _selectors)
        {
            if (member == "queue") option.CompletionSources.Add(names.Queues);
            if (member == "site") option.CompletionSources.Add(names.Destinations);
        }
    }

    /// <summary>The options and the argument.</summary>
    public IEnumerable<Symbol> Symbols =>
    [
        _target, .. _selectors.Select(each => each.Option), .. _isMove ? [_toStream, _toRoute] : Array.Empty<Symbol>(), _reason, _expires,
        _dryRun, _yes, _noWait,
    ];

    public bool IsDryRun(ParseResult parsed) => parsed.GetValue(_dryRun);

    public bool IsYes(ParseResult parsed) => parsed.GetValue(_yes);

    public bool IsWaiting(ParseResult parsed) => !parsed.GetValue(_noWait);

    /// <summary>The body of the order.</summary>
    /// <param name="kind">The kind of the action.</param>
    /// <param name="everything">The pattern of queues when nothing is selected; null where something must be.</param>
    /// <param name="isDryRun">Whether it only counts.</param>
    /// <param name="session">The run of the verb.</param>
    /// <exception cref="VerbException">
    /// Nothing, an empty value or one member twice is selected, a move has not one target, or the expiry is no time.
    /// </exception>
    public string Order(string kind, string? everything, bool isDryRun, Session session)
    {
        var selector = new JsonObject();
        foreach (var (member, option) in _selectors)
        {
            if (session.Parsed.GetValue(option) is { } value) Select(selector, member, value, option.Name);
        }

        if (session.Parsed.GetValue(_target) is { } target) Select(selector, MemberOf(target), target, "the target");
        if (selector.Count == 0 && everything is not null) selector["queue"] = everything;
        if (selector.Count == 0)
        {
            throw new VerbException(
                ExitCode.WrongUse,
                $"name what to {kind}: a queue, a domain, a message or an option such as --sender; all mail is --queue '*'");
        }

        var order = new JsonObject { ["kind"] = kind, ["selector"] = selector };
        if (_isMove) AddTarget(order, session.Parsed);
        if (session.Parsed.GetValue(_reason) is { Length: > 0 } reason) order["reason"] = reason;
        if (session.Parsed.GetValue(_expires) is { } expires)
            order["expires"] = TimeOption.Read("--expires", expires, isPast: false, session.Surroundings.Time);
        if (isDryRun) order["dryRun"] = true;
        return order.ToJsonString();
    }

    private void AddTarget(JsonObject order, ParseResult parsed)
    {
        var (stream, route) = (parsed.GetValue(_toStream), parsed.GetValue(_toRoute));
        if (stream is null == route is null)
            throw new VerbException(ExitCode.WrongUse, "name where to move the mail: one of --to-stream STREAM and --to-route ROUTE");
        if ((stream ?? route)!.Length == 0)
            throw new VerbException(ExitCode.WrongUse, $"{(route is null ? _toStream : _toRoute).Name} is empty; name it");
        order[route is null ? "toStream" : "toRoute"] = stream ?? route;
    }

    /// <summary>
    /// Adds a member to the selector. An empty value, as from an unset variable of a shell, or a second value would select more messages
    /// than were meant, or others.
    /// </summary>
    private static void Select(JsonObject selector, string member, string value, string source)
    {
        if (value.Length == 0) throw new VerbException(ExitCode.WrongUse, $"{source} is empty; name it or leave it out");
        if (selector.ContainsKey(member))
            throw new VerbException(ExitCode.WrongUse, $"the target '{value}' is a {member}, as --{member} is; allowed: one of them");
        selector[member] = value;
    }

    /// <summary>The member of the selector for a target without an option.</summary>
    private static string MemberOf(string target) =>
        target.Contains(':', StringComparison.Ordinal) || target == "*" ? "queue"
        : target.Length == LengthOfMessageId && target.All(char.IsAsciiLetterOrDigit) ? "message"
        : target.Contains('@', StringComparison.Ordinal)
            ? throw new VerbException(
                ExitCode.WrongUse, $"'{target}' is an address; allowed: a queue, a domain or a message, or --sender {target}")
        : "domain";

    private static (string Member, Option<string?> Option) Selector(string member, string value, string description) =>
        (member, new Option<string?>($"--{member}") { HelpName = value, Description = description });
}
