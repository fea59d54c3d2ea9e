using System.Collections.Concurrent;
using System.Text;
using Postfleet.Contracts.Queueing;
using Postfleet.Contracts.Stats;
using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;
using Postfleet.Spool.Common;

namespace Postfleet.Admin.Tests.Fakes;

/// <summary>A history, parts and routes that a test sets.</summary>
internal sealed class FakeMail : IHistory, IPartScanner, IPartReader, IRouteResolver, IRouteNames, ISubmission, IDestinationLimits,
    IQueueSettings
{
    /// <summary>The events.</summary>
    public List<HistoryEvent> Events { get; } = [];

    /// <summary>The parts, in the order of their messages.</summary>
    public List<ScannedPart> Parts { get; } = [];

    /// <summary>The submitted messages.</summary>
    public ConcurrentQueue<Submission> Submitted { get; } = [];

    /// <summary>The result of each submission.</summary>
    public StoreResult Result { get; set; } = StoreResult.Stored;

    /// <summary>Whether no call is answered any more, as by a frozen database; calls do not end with their token either.</summary>
    public bool IsFrozen { get; set; }

    /// <summary>The calls that are not answered.</summary>
    public int Unanswered => _unanswered;

    private int _unanswered;

    private ValueTask<T> AnswerAsync<T>(Func<T> answer)
    {
        if (!IsFrozen) return new ValueTask<T>(answer());
        Interlocked.Increment(ref _unanswered);
        return new ValueTask<T>(new TaskCompletionSource<T>().Task);
    }

    /// <summary>The last search.</summary>
    public (HistoryQuery Query, string? Cursor, int Limit)? Searched { get; private set; }

    /// <summary>The answer for each route.</summary>
    public RouteDecision Route { get; set; } = new RouteDecision.Fail(new SmtpReply(556, null, "null MX"));

    /// <summary>The limits of each destination by the configuration.</summary>
    public DestinationCounts Limits { get; set; } = new() { MaxConnections = 20, ConnectionsSetting = "connections" };

    /// <summary>The settings of all queues.</summary>
    public IReadOnlyList<QueueSetting> Settings { get; set; } = [new("DelayWarning", "4h", "Queues:DelayWarning")];

    /// <summary>The names of the routes.</summary>
    public IReadOnlyList<string> Names { get; set; } = [];

    public IReadOnlyList<QueueSetting> Find(QueueKey queue) => Settings;

    public HistoryKeep Keep => HistoryKeep.All;

    public ValueTask<HistoryPage> SearchAsync(HistoryQuery query, string? cursor, int limit, CancellationToken cancellationToken)
    {
        if (cursor == "bad") throw new HistoryCursorException();
        Searched = (query, cursor, limit);
        return AnswerAsync(() => new HistoryPage(Events, "next"));
    }

    public ValueTask<HistoryTimeline> ReadAsync(MessageId message, CancellationToken cancellationToken) =>
        AnswerAsync(() => new HistoryTimeline([.. Events.Where(each => each.Message == message)], true));

    public ValueTask<IReadOnlyList<QueueKey>> ListQueuesAsync(QueueKey? after, int limit, CancellationToken cancellationToken) => new([]);

    public ValueTask<IReadOnlyList<ScannedPart>> ScanAsync(PartId? after, int limit, CancellationToken cancellationToken) =>
        AnswerAsync<IReadOnlyList<ScannedPart>>(() => [.. Parts.Where(part => after is not { } last || part.Id.Message > last.Message
            || (part.Id.Message == last.Message && part.Id.Queue > last.Queue)).Take(limit)]);

    public ValueTask<SpooledPart?> ReadAsync(PartId part, CancellationToken cancellationToken) => new(
        Parts.Exists(each => each.Id == part)
            ? new SpooledPart(
                part, DateTimeOffset.UnixEpoch, new MessageEnvelope(), new PartEnvelope([Mailbox.Parse("a@a.test")]),
                new MessageContent(Encoding.ASCII.GetBytes("Subject: x\r\n\r\n.\r\n")))
            : null);

    public ValueTask WaitForCapacityAsync(CancellationToken cancellationToken) => default;

    public ValueTask<StoreResult> SubmitAsync(Submission submission, CancellationToken cancellationToken)
    {
        if (Result.Status == StoreStatus.Stored) Submitted.Enqueue(submission);
        return AnswerAsync(() => Result);
    }

    public DestinationCounts Find(DestinationId destination) => Limits;

    public IReadOnlyList<EffectiveLimit> Explain(DestinationId destination, IReadOnlyList<TargetHost> hosts, string? domain) =>
        domain is null ? [] : [new("size", "20MB", "Destinations:0:MaxSize")];

    public ValueTask<RouteDecision> ResolveAsync(QueueKey queue, CancellationToken cancellationToken) => new(Route);
}
