using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;
using Postfleet.Spool.Common;

namespace Postfleet.Testing.Fakes;

/// <summary>
/// A spool in memory, for tests of its users: it keeps the contract of the real one (the contract tests of the spool run against it too),
/// and fails or waits where a test wants it to. Thread-safe.
/// </summary>
public sealed class MemorySpool : IMessageStore, IPartReader, IPartScanner, IPartLedger, IReportStore, ISpoolHealth
{
    private readonly Lock _lock = new();
    private readonly MemoryRows _rows = new();
    private readonly List<QueueKey> _reoffered = [];

    /// <summary>Runs at the beginning of each call: a test throws here, or waits.</summary>
    public Func<SpoolCall, ValueTask> Before { get; set; } = _ => default;

    /// <summary>Runs after each settlement: a test throws here where the answer is to be lost.</summary>
    public Action<Settlement> AfterSettling { get; set; } = _ => { };

    /// <summary>Answers questions for unclaimed parts in place of the rows; null for the rows.</summary>
    public Func<UnclaimedQuery, ValueTask<IReadOnlyList<PendingPart>>>? Unclaimed { get; set; }

    /// <inheritdoc/>
    public bool KeepsOutcomes { get; init; }

    /// <summary>The events whose outcomes were kept, in order.</summary>
    public IReadOnlyList<(PartId Part, int Number, PartOutcomes Outcomes)> Outcomes
    {
        get
        {
            lock (_lock) return [.. _rows.Outcomes];
        }
    }

    /// <summary>How many rows there are.</summary>
    public (int Messages, int Parts, int Notes) Rows
    {
        get
        {
            lock (_lock) return (_rows.Messages, _rows.Parts, _rows.Notes);
        }
    }

    /// <summary>How many idempotency keys there are.</summary>
    public int Keys
    {
        get
        {
            lock (_lock) return _rows.Keys;
        }
    }

    /// <summary>The queues whose parts were given back, call by call.</summary>
    public IReadOnlyList<QueueKey> Reoffered
    {
        get
        {
            lock (_lock) return [.. _reoffered];
        }
    }

    /// <summary>Stores a small message with one part, under an id that the test chooses.</summary>
    public void Add(PartId part, DateTimeOffset acceptedAt, params string[] recipients) =>
        Add(part, acceptedAt, new MessageEnvelope(), "Subject: x\r\n\r\nhello\r\n", recipients);

    /// <summary>Stores a message with one part, under an id that the test chooses.</summary>
    public void Add(PartId part, DateTimeOffset acceptedAt, MessageEnvelope envelope, string text, params string[] recipients)
    {
        var content = new Core.Mail.MessageContent(System.Text.Encoding.UTF8.GetBytes(text));
        var parts = new PartEnvelope([.. recipients.Select(Mailbox.Parse)]);
        var message = new NewMessage(
            part.Message, acceptedAt, envelope with { Size = content.Length }, content, [new NewPart(part.Queue, parts)]);
        lock (_lock) _rows.Insert(message);
    }

    /// <inheritdoc/>
    public async ValueTask<StoreResult> StoreAsync(NewMessage message, CancellationToken cancellationToken)
    {
        MemoryRows.Check(message);
        try
        {
            await Before(new SpoolCall(nameof(StoreAsync), default, cancellationToken));
        }
        catch (SpoolUnavailableException)
        {
            return StoreResult.Unavailable;
        }

        // A key that exists is refused, as the engines refuse it.
        lock (_lock)
        {
            if (_rows.FindKey(message) is { } repeated) return repeated;
            if (!_rows.Insert(message)) return StoreResult.Unavailable;
            _rows.AddKey(message);
            return StoreResult.Stored;
        }
    }

    /// <inheritdoc/>
    public ValueTask<SpooledPart?> ReadAsync(PartId part, CancellationToken cancellationToken) =>
        RunAsync(nameof(ReadAsync), part, () => _rows.Read(part, int.MaxValue), cancellationToken);

    /// <inheritdoc/>
    public ValueTask<SpooledPart?> ReadHeadAsync(PartId part, int maxContent, CancellationToken cancellationToken) =>
        RunAsync(nameof(ReadHeadAsync), part, () => _rows.ReadHead(part, maxContent), cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<SettlementResult> SettleAsync(Settlement settlement, CancellationToken cancellationToken)
    {
        if (settlement.Notification is { } notification) MemoryRows.Check(notification);
        var result = await RunAsync(nameof(SettleAsync), settlement.Part, () => _rows.Settle(settlement, KeepsOutcomes), cancellationToken);
        AfterSettling(settlement);
        return result;
    }

    /// <inheritdoc/>
    public async ValueTask RecordAsync(PartId part, int number, PartOutcomes outcomes, CancellationToken cancellationToken)
    {
        if (!KeepsOutcomes) return;
        await RunAsync(nameof(RecordAsync), part, () => _rows.Record(part, number, outcomes), cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask MarkHandedOffAsync(IReadOnlyList<PartMark> parts, CancellationToken cancellationToken) =>
        await RunAsync(nameof(MarkHandedOffAsync), default, () => _rows.Mark(parts), cancellationToken);

    /// <inheritdoc/>
    public ValueTask<int> ReofferAsync(QueueKey queue, CancellationToken cancellationToken) => RunAsync(nameof(ReofferAsync), default, () =>
    {
        _reoffered.Add(queue);
        return _rows.GiveBack(queue);
    }, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyDictionary<MessageId, MovedPart?>> FindExistingAsync(
        QueueKey queue, IReadOnlyList<MessageId> messages, CancellationToken cancellationToken) =>
        RunAsync(nameof(FindExistingAsync), default, () => _rows.Existing(queue, messages), cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<PendingPart>> FindUnclaimedAsync(
        DateTimeOffset acceptedBefore, PartId? after, int limit, CancellationToken cancellationToken)
    {
        if (Unclaimed is not { } answer)
        {
            return await RunAsync(
                nameof(FindUnclaimedAsync), default, () => _rows.Unclaimed(acceptedBefore, after, limit), cancellationToken);
        }

        await Before(new SpoolCall(nameof(FindUnclaimedAsync), default, cancellationToken));
        return await answer(new UnclaimedQuery(acceptedBefore, after, limit));
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<QueueKey>> ListQueuesAsync(QueueKey? after, int limit, CancellationToken cancellationToken) =>
        RunAsync(nameof(ListQueuesAsync), default, () => _rows.Queues(after, limit), cancellationToken);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<ScannedPart>> ScanAsync(PartId? after, int limit, CancellationToken cancellationToken) =>
        RunAsync(nameof(ScanAsync), default, () => _rows.Scan(after, limit), cancellationToken);

    /// <inheritdoc/>
    public ValueTask<PendingReport?> ReadPendingAsync(MessageId message, int maxContent, CancellationToken cancellationToken) =>
        RunAsync(nameof(ReadPendingAsync), default, () => _rows.ReadPending(message, maxContent), cancellationToken);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<DueReport>> FindDueAsync(
        DateTimeOffset notedBefore, long after, int limit, CancellationToken cancellationToken) =>
        RunAsync(nameof(FindDueAsync), default, () => _rows.Due(notedBefore, after, limit), cancellationToken);

    /// <inheritdoc/>
    public ValueTask<bool> CompleteAsync(
        MessageId message, IReadOnlyList<long> rows, NewMessage? notification, CancellationToken cancellationToken) =>
        RunAsync(nameof(CompleteAsync), default, () => _rows.Complete(message, rows, notification), cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<bool> IsHealthyAsync(CancellationToken cancellationToken)
    {
        try
        {
            await Before(new SpoolCall(nameof(IsHealthyAsync), default, cancellationToken));
            return true;
        }
        catch (SpoolUnavailableException)
        {
            return false;
        }
    }

    private async ValueTask<T> RunAsync<T>(string method, PartId part, Func<T> run, CancellationToken cancellationToken)
    {
        await Before(new SpoolCall(method, part, cancellationToken));
        lock (_lock) return run();
    }
}
