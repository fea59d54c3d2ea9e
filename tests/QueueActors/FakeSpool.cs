using System.Collections.Concurrent;
using System.Threading.Channels;
using Postfleet.Core.Queueing;
using Postfleet.Spool;

namespace Postfleet.QueueActors.Tests;

/// <summary>The spool operations that queues and the sweeper use, answered by the test.</summary>
internal sealed class FakeSpool : ISpool
{
    /// <summary>A query of the sweeper, with the answer to give.</summary>
    public sealed record Query(
        DateTimeOffset Before, PartId? After, int Limit, TaskCompletionSource<IReadOnlyList<PendingPart>> Answer);

    private readonly Channel<Query> _queries = Channel.CreateUnbounded<Query>();

    public ConcurrentDictionary<MessageId, bool> Existing { get; } = new();

    public ConcurrentQueue<PartId> Marked { get; } = new();

    /// <summary>Whether a query waits that the test has not read.</summary>
    public bool IsAsked => _queries.Reader.TryPeek(out _);

    public async Task<Query> NextQueryAsync() => await _queries.Reader.ReadAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(10));

    public async ValueTask<IReadOnlyList<PendingPart>> FindUnclaimedAsync(
        DateTimeOffset acceptedBefore, PartId? after, int limit, CancellationToken cancellationToken)
    {
        // Continuations run on the test's thread: when the call returns, the answer is in the actor's mailbox.
        var query = new Query(acceptedBefore, after, limit, new());
        await _queries.Writer.WriteAsync(query, cancellationToken);
        return await query.Answer.Task;
    }

    public ValueTask<IReadOnlySet<MessageId>> FindExistingAsync(
        QueueKey queue, IReadOnlyList<MessageId> messages, CancellationToken cancellationToken) =>
        ValueTask.FromResult<IReadOnlySet<MessageId>>(messages.Where(Existing.ContainsKey).ToHashSet());

    public ValueTask MarkHandedOffAsync(IReadOnlyList<PartId> parts, CancellationToken cancellationToken)
    {
        foreach (var part in parts) Marked.Enqueue(part);
        return ValueTask.CompletedTask;
    }

    /// <summary>Queues whose parts were to be offered again.</summary>
    public ConcurrentQueue<QueueKey> Reoffered { get; } = new();

    /// <summary>How many of these calls fail before one succeeds.</summary>
    public int ReofferFailures { get; set; }

    public ValueTask<int> ReofferAsync(QueueKey queue, CancellationToken cancellationToken)
    {
        if (ReofferFailures-- > 0) throw new SpoolUnavailableException("the storage is away");
        Reoffered.Enqueue(queue);
        return ValueTask.FromResult(1);
    }

    public ValueTask<StoreResult> StoreAsync(NewMessage message, CancellationToken cancellationToken) => throw NotAsked();

    public ValueTask<SpooledPart?> ReadAsync(PartId part, CancellationToken cancellationToken) => throw NotAsked();

    public ValueTask<SpooledPart?> ReadHeadAsync(PartId part, int maxContent, CancellationToken cancellationToken) => throw NotAsked();

    public ValueTask<SettlementResult> SettleAsync(Settlement settlement, CancellationToken cancellationToken) => throw NotAsked();

    public ValueTask<bool> IsHealthyAsync(CancellationToken cancellationToken) => throw NotAsked();

    private static InvalidOperationException NotAsked() => new("no queue and no sweeper asks this of the spool");
}
