using Postfleet.Core.Queueing;
using Postfleet.Spool;

namespace Postfleet.Admin.Tests;

/// <summary>A spool for the query for unclaimed parts only.</summary>
internal sealed class FakeUnclaimed : ISpool
{
    public IReadOnlyList<PendingPart> Parts { get; set; } = [];

    /// <summary>Whether the storage fails.</summary>
    public bool IsDown { get; set; }

    /// <summary>Whether the storage does not answer.</summary>
    public bool IsStalled { get; set; }

    public async ValueTask<IReadOnlyList<PendingPart>> FindUnclaimedAsync(
        DateTimeOffset acceptedBefore, PartId? after, int limit, CancellationToken cancellationToken)
    {
        if (IsDown) throw new SpoolUnavailableException("down", new IOException());
        if (IsStalled) await Task.Delay(Timeout.Infinite, cancellationToken);
        return [.. Parts.Take(limit)];
    }

    public ValueTask<StoreResult> StoreAsync(NewMessage message, CancellationToken cancellationToken) => throw NotAsked();

    public ValueTask<SpooledPart?> ReadAsync(PartId part, CancellationToken cancellationToken) => throw NotAsked();

    public ValueTask<SpooledPart?> ReadHeadAsync(PartId part, int maxContent, CancellationToken cancellationToken) => throw NotAsked();

    public ValueTask<SettlementResult> SettleAsync(Settlement settlement, CancellationToken cancellationToken) => throw NotAsked();

    public ValueTask MarkHandedOffAsync(IReadOnlyList<PartId> parts, CancellationToken cancellationToken) => throw NotAsked();

    public ValueTask<int> ReofferAsync(QueueKey queue, CancellationToken cancellationToken) => throw NotAsked();

    public ValueTask<IReadOnlySet<MessageId>> FindExistingAsync(
        QueueKey queue, IReadOnlyList<MessageId> messages, CancellationToken cancellationToken) =>
        throw NotAsked();

    public ValueTask<bool> IsHealthyAsync(CancellationToken cancellationToken) => throw NotAsked();

    private static InvalidOperationException NotAsked() => new("the admin module does not ask this");
}
