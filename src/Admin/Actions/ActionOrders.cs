using System.Globalization;
using Postfleet.Admin.Api;
using Postfleet.Admin.Http;
using Postfleet.Contracts.Operations;
using Postfleet.Contracts.Queueing;
using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;
using Postfleet.Core.Units;

namespace Postfleet.Admin.Actions;

/// <summary>Checks requests for actions, and maps orders and actions to their JSON. Pure.</summary>
internal static class ActionOrders
{
    private static readonly string[] Kinds = [.. Enum.GetValues<ActionKind>().Select(Write)];

    /// <summary>The order of a request.</summary>
    /// <exception cref="ProblemException">The request is not allowed.</exception>
    public static ActionOrder Read(ActionRequest request, string author, DateTimeOffset now)
    {
        var at = Array.IndexOf(Kinds, request.Kind);
        if (at < 0) throw JsonBody.Wrong("$.kind", request.Kind, string.Join(", ", Kinds));
        var kind = Enum.GetValues<ActionKind>()[at];
        var selector = Read(request.Selector);
        if (kind is ActionKind.Suspend or ActionKind.Resume && selector.IsAboutMessages)
            throw JsonBody.Wrong($"$.selector has sender, message or user; allowed with {request.Kind}: queue, domain, stream, site");
        var (toStream, toRoute) = ReadTarget(request, kind);
        if (toRoute.Length > 0 && selector.IsAboutMessages)
        {
            throw JsonBody.Wrong(
                "$.selector has sender, message or user; allowed with toRoute: queue, domain, stream, site. Move the messages to a " +
                "stream first, then the stream to the route");
        }

        if (request.Reason.Length > ActionOrder.MaxReason)
            throw JsonBody.Wrong($"$.reason has {request.Reason.Length} characters; allowed: {ActionOrder.MaxReason}");
        if (request.Reason.Any(char.IsControl)) throw JsonBody.Wrong("$.reason has control characters; allowed: a line of text");
        return new ActionOrder(kind, selector, request.Reason, author, ReadExpires(request.Expires, now))
        {
            ToStream = toStream,
            ToRoute = toRoute,
        };
    }

    /// <summary>Checks that the route of an order exists.</summary>
    /// <exception cref="ProblemException">No route has the name.</exception>
    public static void CheckRoute(ActionOrder order, IReadOnlyList<string> routes)
    {
        if (order.ToRoute.Length == 0 || routes.Contains(order.ToRoute)) return;
        throw new ProblemException(
            ProblemKind.ActionRefused, routes.Count == 0 ? $"no route is named '{order.ToRoute}': no route of this node has a name"
                : $"no route is named '{order.ToRoute}'; the routes with a name: {string.Join(", ", routes)}");
    }

    /// <summary>The JSON of an action.</summary>
    public static ActionDetail View(ActionView action)
    {
        var (order, selector) = (action.Order, action.Order.Selector);
        return new ActionDetail(
            action.Number.ToString(CultureInfo.InvariantCulture), Write(order.Kind),
            new SelectorView(
                OrNull(selector.Queue), OrNull(selector.Domain), OrNull(selector.Stream), OrNull(selector.Site), OrNull(selector.Sender),
                selector.Message?.ToString(), OrNull(selector.User)),
            order.Reason, order.Author, action.OrderedAt, order.Expires, Write(action.State), action.EndedAt, action.Queues,
            action.Messages, action.Held, action.Suspended, action.Resumed, !action.IsAtLeast, OrNull(order.ToStream),
            OrNull(order.ToRoute));
    }

    private static (string ToStream, string ToRoute) ReadTarget(ActionRequest request, ActionKind kind)
    {
        var (stream, route) = (request.ToStream, request.ToRoute);
        if (kind != ActionKind.Move)
        {
            return (stream ?? route) is null ? ("", "")
                : throw JsonBody.Wrong($"$ has {(stream is null ? "toRoute" : "toStream")} with kind {request.Kind}; allowed with move");
        }

        if (stream is null == route is null)
        {
            throw JsonBody.Wrong(
                $"$ has {(stream is null ? "neither toStream nor" : "both toStream and")} toRoute; allowed with move: one of them");
        }

        if (route is null) return (Stream("$.toStream", stream!), "");
        return ("", IRouteNames.Normalize(route)
            ?? throw JsonBody.Wrong("$.toRoute", route, $"1 to {IRouteNames.MaxLength} letters, digits, - and _"));
    }

    private static ActionSelector Read(SelectorView view)
    {
        var selector = new ActionSelector(
            Text(JsonNames.Property(nameof(view.Queue)), view.Queue), Domain(view.Domain), Stream(view.Stream), Text("site", view.Site),
            Sender(view.Sender),
            view.Message is null ? null : MessageId.TryParse(view.Message, out var id) ? id
                : throw JsonBody.Wrong("$.selector.message", view.Message, $"a message id of {MessageId.TextLength} letters and digits"),
            Text("user", view.User));
        return selector != ActionSelector.None ? selector
            : throw JsonBody.Wrong("$.selector is empty, which would concern all mail; allowed: at least one property, such as queue: *");
    }

    private static string Text(string name, string? text)
    {
        if (text is null) return "";
        if (text.Length is 0 or > ActionSelector.MaxText)
            throw JsonBody.Wrong($"$.selector.{name} has {text.Length} characters; allowed: 1 to {ActionSelector.MaxText}");
        return text.Any(char.IsControl) ? throw JsonBody.Wrong($"$.selector.{name} has control characters; allowed: a line of text") : text;
    }

    private static string Domain(string? given)
    {
        var text = Text("domain", given);
        if (text.Length == 0) return "";
        var isSuffix = text.StartsWith("*.", StringComparison.Ordinal);
        return DomainName.TryParse(isSuffix ? text[2..] : text, out var domain) ? isSuffix ? $"*.{domain.Value}" : domain.Value
            : throw JsonBody.Wrong("$.selector.domain", text, "a domain, or *.example.org for its subdomains");
    }

    private static string Stream(string? given)
    {
        var text = Text("stream", given);
        return text.Length == 0 ? "" : Stream("$.selector.stream", text);
    }

    private static string Stream(string path, string given)
    {
        // Streams are lower case.
        var text = given.ToLowerInvariant();
        return QueueKey.TryParse($"{text}:example.org", out _) ? text
            : throw JsonBody.Wrong(path, given, $"1 to {QueueKey.MaxStreamLength} letters, digits, - and _");
    }

    private static string Sender(string? given)
    {
        var text = Text("sender", given);
        if (text is "" or "<>" || (text[0] == '@' && DomainName.TryParse(text[1..], out _)) || Mailbox.TryParse(text, out _)) return text;
        throw JsonBody.Wrong("$.selector.sender", text, "an address, @example.org for all of a domain, or <> for the null reverse-path");
    }

    private static DateTimeOffset? ReadExpires(string? text, DateTimeOffset now)
    {
        if (text is null) return null;
        var time = Durations.TryParse(text, out var duration) ? now + duration
            : QueryReader.TryReadTime(text, out var given) ? given
            : throw JsonBody.Wrong("$.expires", text, "a duration as 4h, or a time as 2026-11-29T18:00:00Z");
        return time > now ? time : throw JsonBody.Wrong("$.expires", text, "a time that is to come");
    }

    private static string? OrNull(string text) => text.Length == 0 ? null : text;

    private static string Write<T>(T value)
        where T : struct, Enum => JsonNames.Write(value);
}
