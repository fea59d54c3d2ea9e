using Microsoft.Extensions.Logging;
using Postfleet.Core;
using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;
using Postfleet.Spool.Cache;
using Postfleet.Spool.Capture;
using Postfleet.Spool.Commit;
using Postfleet.Spool.Common;
using Postfleet.Spool.History;
using Postfleet.Spool.Storage;
using Postfleet.Storage.Commit;

namespace Postfleet.Spool;

/// <summary>
/// The spool on either engine: writes go through the group commit, reads of parts to the body cache first and then to the engine.
/// Thread-safe.
/// </summary>
internal sealed class GroupCommitSpool : IMessageStore, IPartReader, IPartScanner, IPartLedger, IReportStore, ICaptureStore, IHistory,
    ISpoolHealth, IAsyncDisposable
{
    // Captured messages that are deleted in a transaction, in which other writes wait.
    private const int CapturedPage = 200;

    private readonly IStorage _storage;
    private readonly BodyCache _cache;
    private readonly SpoolCommit _commit;
    private readonly KeySweep _keys;
    private readonly SpoolGreylist _greylist;
    private readonly ILogger _logger;
    private readonly DamagedRows _damaged;
    private int _disposed;

    public GroupCommitSpool(
        IStorage storage, long bodyCacheBytes, GroupCommitLimits limits, ILogger<GroupCommitSpool> logger, TimeProvider time)
    {
        _storage = storage;
        _greylist = new SpoolGreylist(storage, logger, time);
        (_logger, _damaged, _cache) = (logger, new DamagedRows(logger), new BodyCache(bodyCacheBytes));
        _commit = new SpoolCommit(storage, limits, logger, time);
        _keys = new KeySweep(storage, logger, time);
    }

    /// <summary>Opens the storage and starts to write.</summary>
    /// <exception cref="StartFailureException">The storage cannot be opened.</exception>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await _storage.StartAsync(cancellationToken);
        _commit.Start();
        _keys.Start();
        SpoolLog.Opened(_logger, _storage.ToString()!);
    }

    /// <summary>Finishes the queued operations, then closes the storage.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0) return;
        // First, and without a wait before it: from now on no operation is queued.
        await _commit.DisposeAsync();
        await _keys.DisposeAsync();
        await _greylist.DisposeAsync();
        await _storage.DisposeAsync();
        SpoolLog.Closed(_logger);
    }

    public async ValueTask<StoreResult> StoreAsync(NewMessage message, CancellationToken cancellationToken)
    {
        try
        {
            return await _commit.RunAsync(new StoreOperation(EncodedMessage.From(message), _cache), cancellationToken);
        }
        catch (SpoolUnavailableException)
        {
            return StoreResult.Unavailable;
        }
    }

    public async ValueTask<SettlementResult> SettleAsync(Settlement settlement, CancellationToken cancellationToken)
    {
        var notification = settlement.Notification is { } message ? EncodedMessage.From(message) : null;
        var kept = settlement with { Outcomes = _storage.Keeps.Kept(settlement.Outcomes) };
        return await _commit.RunAsync(new SettleOperation(
            kept, notification, settlement.Note is { } note ? NotedReportCodec.Encode(note) : null, _cache), cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask<PendingReport?> ReadPendingAsync(MessageId message, int maxContent, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(maxContent);
        return (await StorageQueries.RunAsync(() => _storage.ReadPendingAsync(message, maxContent, cancellationToken)))?.Decode(message);
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<DueReport>> FindDueAsync(
        DateTimeOffset notedBefore, long after, int limit, CancellationToken cancellationToken) =>
        StorageQueries.RunAsync(() => _storage.FindDueAsync(notedBefore, after, limit, cancellationToken));

    /// <inheritdoc/>
    public async ValueTask<bool> CompleteAsync(
        MessageId message, IReadOnlyList<long> rows, NewMessage? notification, CancellationToken cancellationToken) =>
        await _commit.RunAsync(
            new ReportOperation(message, rows, notification is null ? null : EncodedMessage.From(notification), _cache), cancellationToken);

    /// <summary>Keeps the history in other bounds.</summary>
    internal void Use(HistoryBounds bounds) => _storage.Use(bounds);

    /// <inheritdoc/>
    public bool KeepsOutcomes => _storage.Keeps != HistoryKeep.None;

    /// <inheritdoc/>
    public async ValueTask RecordAsync(PartId part, int number, PartOutcomes outcomes, CancellationToken cancellationToken)
    {
        if (_storage.Keeps.Kept(outcomes) is { } kept) await _commit.RunAsync(new RecordOperation(part, number, kept), cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask MarkHandedOffAsync(IReadOnlyList<PartMark> parts, CancellationToken cancellationToken)
    {
        if (parts.Count > 0) await _commit.RunAsync(new MarkOperation(parts), cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask<int> ReofferAsync(QueueKey queue, CancellationToken cancellationToken) =>
        StorageQueries.RunAsync(() => _storage.ReofferAsync(queue, cancellationToken));

    /// <inheritdoc/>
    public async ValueTask CaptureAsync(
        SpooledPart part, IReadOnlyList<Mailbox> recipients, DateTimeOffset capturedAt, CancellationToken cancellationToken)
    {
        var operation = new CaptureOperation(
            part, recipients.Select(mailbox => mailbox.Address).ToArray(), capturedAt, SubjectReader.Read(part.Content));
        await _commit.RunAsync(operation, cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask<SpooledPart?> ReadAsync(PartId part, CancellationToken cancellationToken)
    {
        var cached = _cache.Take(part);
        SpoolMetrics.Read(cached is not null);
        if (cached is not null) return cached;
        var row = await StorageQueries.RunAsync(() => _storage.ReadAsync(part, cancellationToken));
        return row?.Decode(part);
    }

    /// <inheritdoc/>
    public async ValueTask<SpooledPart?> ReadHeadAsync(PartId part, int maxContent, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(maxContent);
        var row = await StorageQueries.RunAsync(() => _storage.ReadHeadAsync(part, maxContent, cancellationToken));
        return row?.Decode(part, maxContent);
    }

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyDictionary<MessageId, MovedPart?>> FindExistingAsync(
        QueueKey queue, IReadOnlyList<MessageId> messages, CancellationToken cancellationToken)
    {
        var found = await StorageQueries.RunAsync(() => _storage.FindExistingAsync(queue, messages, cancellationToken));
        return _damaged.Decode(queue, found);
    }

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<PendingPart>> FindUnclaimedAsync(
        DateTimeOffset acceptedBefore, PartId? after, int limit, CancellationToken cancellationToken)
    {
        var page = await StorageQueries.RunAsync(() => _storage.FindUnclaimedAsync(acceptedBefore, after, limit, cancellationToken));
        foreach (var row in page.Damaged) _damaged.Log(row);
        return page.Parts;
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<CapturedMessage>> ListAsync(int limit, CancellationToken cancellationToken) =>
        StorageQueries.RunAsync(() => _storage.ListCapturedAsync(limit, cancellationToken));

    /// <inheritdoc/>
    public ValueTask<MessageContent?> ReadContentAsync(MessageId id, CancellationToken cancellationToken) =>
        StorageQueries.RunAsync(() => _storage.ReadCapturedAsync(id, cancellationToken));

    /// <inheritdoc/>
    public async ValueTask<int> DeleteAsync(MessageId? id, CancellationToken cancellationToken)
    {
        for (var all = 0; ;)
        {
            var deleted = await _commit.RunAsync(new DropCapturedOperation(id, CapturedPage), cancellationToken);
            all += deleted;
            if (deleted < CapturedPage) return all;
        }
    }

    public HistoryKeep Keep => _storage.Keeps;

    /// <summary>The users.</summary>
    public IUserStore Users => new SpoolNamedRows(() => _storage.Named(NamedTable.Users));

    /// <summary>The keys that sign mail.</summary>
    public ISigningKeyStore SigningKeys => new SpoolNamedRows(() => _storage.Named(NamedTable.SigningKeys));

    /// <summary>The counts of limits.</summary>
    public IBudgetStore Budgets => new SpoolBudgets(_storage);

    /// <summary>The counts for reports.</summary>
    public IReportCountStore ReportCounts => new SpoolReportCounts(_storage);

    /// <summary>What destinations have learned.</summary>
    public ISiteStateStore SiteStates => new SpoolSiteStates(_storage);

    /// <summary>The rows of greylisting.</summary>
    public IGreylistStore Greylist => _greylist;

    /// <summary>The fetched policies of domains.</summary>
    public ITlsPolicyStore TlsPolicies => new SpoolTlsPolicies(_storage);

    /// <summary>The suppression list.</summary>
    public ISuppressionStore Suppressions => new SpoolSuppressions(_storage);

    /// <summary>The changes of owner of queues; none before the start.</summary>
    public ITakeoverHistory Takeovers => _storage.Takeovers;

    /// <summary>The feed of events; empty before the start.</summary>
    public IEventFeed Feed => _storage.Feed;

    /// <inheritdoc/>
    public ValueTask<HistoryPage> SearchAsync(HistoryQuery query, string? cursor, int limit, CancellationToken cancellationToken) =>
        _storage.History.SearchAsync(query, cursor, limit, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<HistoryTimeline> ReadAsync(MessageId message, CancellationToken cancellationToken) =>
        _storage.History.ReadAsync(message, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<QueueKey>> ListQueuesAsync(QueueKey? after, int limit, CancellationToken cancellationToken) =>
        StorageQueries.RunAsync(() => _storage.ListQueuesAsync(after, limit, cancellationToken));

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<ScannedPart>> ScanAsync(PartId? after, int limit, CancellationToken cancellationToken) =>
        StorageQueries.RunAsync(() => _storage.ScanAsync(after, limit, cancellationToken));

    /// <inheritdoc/>
    public ValueTask<bool> IsHealthyAsync(CancellationToken cancellationToken) =>
        StorageProbe.RunAsync(_storage, _logger, cancellationToken);
}
