using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Postfleet.Admin.Api;
using Postfleet.Admin.Http;
using Postfleet.Admin.Options;
using Postfleet.Admin.Queues;
using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;
using Postfleet.Spool.Common;

namespace Postfleet.Admin.Messaging;

/// <summary>The endpoints of messages: search, timeline and content.</summary>
internal static class MessageEndpoints
{
    private const int DefaultLimit = 100;

    // Parts of a message: each part has another queue.
    private const int MaxParts = 1000;

    private const string NullSender = "<>";

    private static readonly string[] States = [.. Enum.GetValues<HistoryState>().Select(JsonNames.Write)];

    private static readonly PathParameter Id = new("id", "The id of the message.", "01KB8Z3N7Q0000000000000000");

    private static readonly ApiRoute SearchRoute = new("listMessages", "Searches the history of messages")
    {
        Description = "Recipients by their newest event, the newest first; all given parameters must match. A page may have fewer " +
            "entries than asked for, or none, and still a cursor: the search goes on behind it.",
        Tag = "Messages",
        Query =
        [
            new("recipient", "The address of the recipient.", "user@example.org"),
            new("sender", "The reverse-path, or <> for the null reverse-path.", "news@example.com"),
            new("domain", "The domain of the recipient.", "example.org"),
            new("stream", "The stream.", "default"),
            new("state", "The state of the recipient.", "deferred") { Words = States },
            new("messageId", "The Message-ID of the header, with or without angle brackets.", "<1@example.com>"),
            new("reply", "A text in the reply of the newest event, in any case.", "mailbox full"),
            new("since", "The earliest time of the newest event.", "2026-11-29T18:00:00Z") { Format = "date-time" },
            new("until", "The time before which the newest event happened.", "2026-11-30T18:00:00Z") { Format = "date-time" },
            QueryParameter.Limit(IHistory.MaxPage, DefaultLimit),
            QueryParameter.Cursor,
        ],
        Problems = [ProblemKind.BadParameter, ProblemKind.BadCursor, ProblemKind.StorageUnavailable],
    };

    private static readonly ApiRoute TimelineRoute = new("getMessage", "Shows the timeline of a message")
    {
        Description = "The events of all recipients, while the message waits and after its end, the changes of owner of its queues " +
            "meanwhile, the queues in which it waits, and what it waits for there.",
        Tag = "Messages",
        Path = [Id],
        Problems = [ProblemKind.BadParameter, ProblemKind.UnknownMessage, ProblemKind.StorageUnavailable],
    };

    private static readonly ApiRoute RawRoute = new("getMessageContent", "Gives the content of a message that waits")
    {
        Description = "The message, octet for octet. Only messages that wait in a queue have content.",
        Tag = "Messages",
        Scope = ApiScope.Operate,
        Path = [Id],
        Problems = [ProblemKind.BadParameter, ProblemKind.UnknownMessage, ProblemKind.StorageUnavailable],
    };

    public static void MapMessages(this IEndpointRouteBuilder api)
    {
        api.Get<MessageList>("/messages", SearchRoute, SearchAsync);
        api.Get<MessageTimeline>("/messages/{id}", TimelineRoute, TimelineAsync);
        api.MapGet("/messages/{id}/raw", ContentAsync).Describe(RawRoute).Produces<string>(200, ContentResult.MediaType);
    }

    private static async Task<JsonHttpResult<MessageList>> SearchAsync(HttpContext http, IHistory history, MessageMapping mapping)
    {
        var query = new QueryReader(http);
        var sender = query.Text("sender");
        var search = new HistoryQuery
        {
            Recipient = query.Parse("recipient", "an address", ReadMailbox),
            Sender = sender == NullSender ? null : query.Parse("sender", "an address, or <>", ReadMailbox),
            HasNullSender = sender == NullSender,
            Domain = query.Text("domain") is { } domain
                ? DomainName.TryParse(domain, out var name) ? name : throw QueryReader.Wrong("domain", domain, "a domain") : null,
            Stream = query.Parse(
                "stream", "a stream", text => QueueKey.TryParse($"{text.ToLowerInvariant()}:example.org", out var key) ? key.Stream : null),
            State = query.Text("state") is { } state ? Enum.GetValues<HistoryState>()[Array.IndexOf(States, state)] : null,
            HeaderMessageId = query.Text("messageId"),
            Reply = query.Text("reply"),
            Since = query.Time("since"),
            Until = query.Time("until"),
        };
        var (limit, cursor) = (query.Number("limit", DefaultLimit), query.Text("cursor"));
        try
        {
            var page = await StorageTime.RunAsync(http, token => history.SearchAsync(search, cursor, limit, token));
            return Answer.Json(
                new MessageList([.. page.Recipients.Select(mapping.View)], page.Cursor, history.Keep == HistoryKeep.All, []),
                ApiJson.Default.MessageList);
        }
        catch (HistoryCursorException)
        {
            throw new ProblemException(ProblemKind.BadCursor, $"cursor is '{cursor}'; allowed: the cursor of an earlier answer");
        }
    }

    private static async Task<JsonHttpResult<MessageTimeline>> TimelineAsync(
        string id, HttpContext http, IHistory history, ITakeoverHistory takeovers, IPartScanner scanner, PartInquiry inquiry,
        MessageMapping mapping, TimeProvider time)
    {
        _ = new QueryReader(http);
        var message = MessageIds.Parse(id);
        var (timeline, waiting, changes) = await StorageTime.RunAsync(http, async token =>
        {
            var events = await history.ReadAsync(message, token);
            var parts = await FindPartsAsync(scanner, message, token);
            var stays = takeovers.KeepsTakeovers ? MessageStays.Of(message, events.Events, parts, time.GetUtcNow()) : [];
            return (events, parts, await takeovers.FindAsync(stays, token));
        });
        if (timeline.Events.Count == 0 && waiting.Count == 0)
        {
            throw new ProblemException(
                ProblemKind.UnknownMessage,
                $"message {id} does not wait and has no event in the history, which keeps {JsonNames.Write(history.Keep)} of the events");
        }

        return Answer.Json(
            mapping.View(message, timeline, changes, waiting, await inquiry.AskAsync(message, waiting, http.RequestAborted)),
            ApiJson.Default.MessageTimeline);
    }

    private static async Task<IResult> ContentAsync(string id, HttpContext http, IPartScanner scanner, IPartReader parts)
    {
        _ = new QueryReader(http);
        var message = MessageIds.Parse(id);
        var found = await StorageTime.RunAsync(http, async token =>
        {
            foreach (var queue in await FindPartsAsync(scanner, message, token))
                if (await parts.ReadAsync(new PartId(message, queue), token) is { } part) return part;
            return null;
        });
        if (found is not null) return new ContentResult(found.Content);
        throw new ProblemException(ProblemKind.UnknownMessage, $"message {id} does not wait; only messages that wait have content");
    }

    private static async Task<IReadOnlyList<QueueKey>> FindPartsAsync(
        IPartScanner scanner, MessageId message, CancellationToken cancellationToken)
    {
        // A message's parts follow a part of it with an empty queue key.
        var parts = await scanner.ScanAsync(new PartId(message, default), MaxParts, cancellationToken);
        return [.. parts.TakeWhile(part => part.Id.Message == message).Select(part => part.Id.Queue)];
    }

    private static Mailbox? ReadMailbox(string text) => Mailbox.TryParse(text, out var mailbox) ? mailbox : null;
}
