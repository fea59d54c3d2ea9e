using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Postfleet.Admin.Http;
using Postfleet.Admin.Messaging;
using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;
using Postfleet.Spool.Common;

namespace Postfleet.Admin.Events;

/// <summary>The endpoint of the stream of events (server-sent events).</summary>
internal static class EventEndpoints
{
    private const string MediaType = "text/event-stream";
    private const string LastId = "Last-Event-ID";
    private const string NullSender = "<>";
    private const string Position = "czEgNDIgMCAwIDAgMA";

    // A page of earlier events.
    private const int FirstPage = 200;

    private static readonly string QueueName = JsonNames.Property(nameof(HistoryEvent.Queue));

    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(10);

    private static readonly ApiRoute StreamRoute = new("streamEvents", "Streams the events of messages")
    {
        Description = "Server-sent events of the whole cluster, from now on or after a position. Each has the position in the field id, " +
            "its name in the field event, and an entry of a timeline, with the message, in the field data. A client that reconnects with " +
            "the last position, to any node, gets each event; repeated events have the same id in data. The event feed.gap says that " +
            "the history has dropped events before they were read. A comment comes every 15 s. A client that does not read is cut off.",
        Tag = "Messages",
        Query =
        [
            new("events", $"The names of the events, with commas: {string.Join(", ", EventNames.All)}.",
                "message.delivered,message.failed"),
            new("stream", "The stream.", "default"),
            new(QueueName, "The key of the queue.", "default:example.org"),
            new("domain", "The domain of the recipient.", "example.org"),
            new("sender", "The reverse-path, or <> for the null reverse-path.", "news@example.com"),
            new("recipient", "The address of the recipient.", "user@example.org"),
            new("after", $"A position: the stream continues behind it. The header field {LastId} has precedence.", Position),
        ],
        Headers = [new(LastId, "The position after which the stream continues, as browsers send it.", Position)],
        Problems =
        [
            ProblemKind.BadParameter, ProblemKind.NoHistory, ProblemKind.TooManyStreams, ProblemKind.StorageUnavailable,
        ],
    };

    public static void MapEvents(this IEndpointRouteBuilder api) =>
        api.MapGet("/events", StreamAsync).Describe(StreamRoute).Produces<string>(StatusCodes.Status200OK, MediaType);

    private static async Task StreamAsync(
        HttpContext http, IEventFeed feed, EventHub hub, MessageMapping mapping, IHostApplicationLifetime lifetime, TimeProvider time,
        ILoggerFactory loggers)
    {
        var reader = new QueryReader(http);
        var query = Read(reader);
        var (name, after) = After(http, reader);
        if (KeptKinds.Refusal(feed.Keep, query.Kinds) is { } refusal) throw new ProblemException(ProblemKind.NoHistory, refusal);
        if (!hub.TryOpen()) throw TooMany(http);
        try
        {
            var first = after is { } position ? await FirstAsync(http, hub, query, position, name) : null;
            var stream = new EventStream(hub, query, mapping, http.Response.BodyWriter, time);
            using var end = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted, lifetime.ApplicationStopping);
            await StartAsync(http, end.Token);
            await stream.RunAsync(after, first, end.Token);
        }
        catch (OperationCanceledException) when (lifetime.ApplicationStopping.IsCancellationRequested)
        {
            // The answer ends, and the client reconnects to another node.
        }
        catch (Exception e) when (e is SlowReaderException or SpoolUnavailableException && http.Response.HasStarted)
        {
            AdminLog.EventStreamCut(
                loggers.CreateLogger("Admin"), GateMiddleware.Author(http), http.Connection.RemoteIpAddress?.ToString() ?? "", e.Message);
            http.Abort();
        }
        finally
        {
            hub.Close();
        }
    }

    private static FeedQuery Read(QueryReader query)
    {
        var sender = query.Text("sender");
        return new FeedQuery
        {
            Kinds = query.Parse("events", string.Join(", ", EventNames.All), EventNames.Parse),
            Stream = query.Parse("stream", "a stream", text => QueueKey.TryParse($"{text}:example.org", out _) ? text : null),
            Queue = query.Text(QueueName) is { } key
                ? QueueKey.TryParse(key, out var queue) ? queue : throw QueryReader.Wrong(QueueName, key, "the key of a queue") : null,
            Domain = query.Text("domain") is { } domain
                ? DomainName.TryParse(domain, out var name) ? name : throw QueryReader.Wrong("domain", domain, "a domain") : null,
            Recipient = query.Parse("recipient", "an address", ReadMailbox),
            Sender = sender == NullSender ? null : query.Parse("sender", "an address, or <>", ReadMailbox),
            HasNullSender = sender == NullSender,
        };
    }

    private static Mailbox? ReadMailbox(string text) => Mailbox.TryParse(text, out var mailbox) ? mailbox : null;

    private static (string Name, FeedPosition? Position) After(HttpContext http, QueryReader query)
    {
        var (name, text) = ("after", query.Text("after"));
        if (http.Request.Headers[LastId].ToString() is { Length: > 0 } last) (name, text) = (LastId, last);
        if (text is null) return (name, null);
        try
        {
            return (name, FeedPosition.Parse(text));
        }
        catch (FeedPositionException)
        {
            throw WrongPosition(name);
        }
    }

    private static ProblemException WrongPosition(string name) =>
        new(ProblemKind.BadParameter, $"{name} is no position of this storage; allowed: the id of an event of an earlier stream");

    private static async Task<FeedPage> FirstAsync(
        HttpContext http, EventHub hub, FeedQuery query, FeedPosition after, string name)
    {
        try
        {
            return await StorageTime.RunAsync(http, token => hub.ReadAsync(query, after, null, FirstPage, token));
        }
        catch (FeedPositionException)
        {
            throw WrongPosition(name);
        }
    }

    private static ProblemException TooMany(HttpContext http)
    {
        http.Response.Headers.RetryAfter = RetryAfter.TotalSeconds.ToString(CultureInfo.InvariantCulture);
        return new ProblemException(
            ProblemKind.TooManyStreams, $"the node has {EventHub.MaxStreams} streams of events; try another node, or again in 10 s");
    }

    private static async Task StartAsync(HttpContext http, CancellationToken cancellationToken)
    {
        // EventStream has its own limit on the time of a write.
        if (http.Features.Get<IHttpMinResponseDataRateFeature>() is { } rate) rate.MinDataRate = null;
        http.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
        http.Response.ContentType = MediaType;
        http.Response.Headers.CacheControl = "no-store";
        // Proxies such as nginx pass each event on at once.
        http.Response.Headers["X-Accel-Buffering"] = "no";
        await http.Response.StartAsync(cancellationToken);
    }
}
