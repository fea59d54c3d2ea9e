using Postfleet.Core.Queueing;
using Postfleet.Spool;

namespace Postfleet.Benchmarks.Fixtures;

/// <summary>A spool that confirms each message at once and keeps nothing. A frontend only stores messages.</summary>
internal sealed class NoSpool : ISpool
{
    public ValueTask<StoreResult> StoreAsync(NewMessage message, CancellationToken cancellationToken) => new(StoreResult.Stored);

    public ValueTask<SpooledPart?> ReadAsync(PartId part, CancellationToken cancellationToken) => throw Unwanted();

    public ValueTask<SpooledPart?> ReadHeadAsync(PartId part, int maxContent, CancellationToken cancellationToken) => throw Unwanted();

    public ValueTask<SettlementResult> SettleAsync(Settlement settlement, CancellationToken cancellationToken) => throw Unwanted();

    public ValueTask MarkHandedOffAsync(IReadOnlyList<PartId> parts, CancellationToken cancellationToken) => throw Unwanted();

    public ValueTask<int> ReofferAsync(QueueKey queue, CancellationToken cancellationToken) => throw Unwanted();

    public ValueTask<IReadOnlySet<MessageId>> FindExistingAsync(
        QueueKey queue, IReadOnlyList<MessageId> messages, CancellationToken cancellationToken) => throw Unwanted();

    public ValueTask<IReadOnlyList<PendingPart>> FindUnclaimedAsync(
        DateTimeOffset acceptedBefore, PartId? after, int limit, CancellationToken cancellationToken) => throw Unwanted();

    public ValueTask<bool> IsHealthyAsync(CancellationToken cancellationToken) => throw Unwanted();

    private static InvalidOperationException Unwanted() => new("a frontend stores, and does nothing else with the spool");
}
