using System.Collections.Concurrent;
using Postfleet.Core.Queueing;
using Postfleet.Spool;

namespace Postfleet.Frontend.Tests.Fixtures;

/// <summary>
/// A spool whose commits can be delayed and whose result can be chosen. Implements storing alone, since the frontend calls nothing else.
/// </summary>
internal sealed class FakeSpool : ISpool
{
    private readonly ConcurrentQueue<NewMessage> _stored = new();
    private TaskCompletionSource? _gate;
    private readonly TaskCompletionSource _arrived = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>The result of storing.</summary>
    public StoreResult Result { get; set; } = StoreResult.Stored;

    /// <summary>The committed messages, in order.</summary>
    public IReadOnlyList<NewMessage> Stored => [.. _stored];

    /// <summary>Completes when a message waits for its commit.</summary>
    public Task Arrived => _arrived.Task;

    /// <summary>Delays commits from now on until <see cref="Release"/>.</summary>
    public void Hold() => _gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Release() => _gate!.TrySetResult();

    public async ValueTask<StoreResult> StoreAsync(NewMessage message, CancellationToken cancellationToken)
    {
        if (_gate is { } gate)
        {
            _arrived.TrySetResult();
            await gate.Task.WaitAsync(cancellationToken);
        }

        if (Result == StoreResult.Stored) _stored.Enqueue(message);
        return Result;
    }

    public ValueTask<SpooledPart?> ReadAsync(PartId part, CancellationToken cancellationToken) => throw NotAFrontendsCall();

    public ValueTask<SpooledPart?> ReadHeadAsync(PartId part, int maxContent, CancellationToken cancellationToken) =>
        throw NotAFrontendsCall();

    public ValueTask<SettlementResult> SettleAsync(Settlement settlement, CancellationToken cancellationToken) => throw NotAFrontendsCall();

    public ValueTask MarkHandedOffAsync(IReadOnlyList<PartId> parts, CancellationToken cancellationToken) => throw NotAFrontendsCall();

    public ValueTask<int> ReofferAsync(QueueKey queue, CancellationToken cancellationToken) => throw NotAFrontendsCall();

    public ValueTask<IReadOnlySet<MessageId>> FindExistingAsync(
        QueueKey queue, IReadOnlyList<MessageId> messages, CancellationToken cancellationToken) => throw NotAFrontendsCall();

    public ValueTask<IReadOnlyList<PendingPart>> FindUnclaimedAsync(
        DateTimeOffset acceptedBefore, PartId? after, int limit, CancellationToken cancellationToken) => throw NotAFrontendsCall();

    public ValueTask<bool> IsHealthyAsync(CancellationToken cancellationToken) => throw NotAFrontendsCall();

    private static InvalidOperationException NotAFrontendsCall() => new("a frontend stores, and does nothing else with the spool");
}
