using Postfleet.Core.Queueing;
using Postfleet.Spool;

namespace Postfleet.QueueActors.Tests.Settling;

/// <summary>A spool over a real one that fails where a test wants it to.</summary>
internal sealed class FaultySpool(ISpool spool) : ISpool
{
    public Func<PartId, bool> Refuses { get; set; } = _ => false;

    public Func<PartId, bool> Breaks { get; set; } = _ => false;

    public Func<PartId, bool> IsCorrupt { get; set; } = _ => false;

    public bool RefusesMarks { get; set; }

    /// <summary>Runs before a part's head is read.</summary>
    public Func<PartId, Task> BeforeRead { get; set; } = _ => Task.CompletedTask;

    /// <summary>Sees each settlement that was committed.</summary>
    public Action<Settlement> AfterSettling { get; set; } = _ => { };

    /// <summary>Whether settlements are committed and then fail.</summary>
    public bool LosesAnswers { get; set; }

    public ValueTask<StoreResult> StoreAsync(NewMessage message, CancellationToken cancellationToken) =>
        spool.StoreAsync(message, cancellationToken);

    public ValueTask<SpooledPart?> ReadAsync(PartId part, CancellationToken cancellationToken) => spool.ReadAsync(part, cancellationToken);

    public async ValueTask<SpooledPart?> ReadHeadAsync(PartId part, int maxContent, CancellationToken cancellationToken)
    {
        await BeforeRead(part).WaitAsync(cancellationToken);
        Fail(part);
        return await spool.ReadHeadAsync(part, maxContent, cancellationToken);
    }

    public async ValueTask<SettlementResult> SettleAsync(Settlement settlement, CancellationToken cancellationToken)
    {
        Fail(settlement.Part);
        var result = await spool.SettleAsync(settlement, cancellationToken);
        AfterSettling(settlement);
        return LosesAnswers ? throw new SpoolUnavailableException("the answer was lost") : result;
    }

    public ValueTask MarkHandedOffAsync(IReadOnlyList<PartId> parts, CancellationToken cancellationToken) =>
        RefusesMarks ? throw new SpoolUnavailableException("the storage is away") : spool.MarkHandedOffAsync(parts, cancellationToken);

    public ValueTask<int> ReofferAsync(QueueKey queue, CancellationToken cancellationToken) => spool.ReofferAsync(queue, cancellationToken);

    public ValueTask<IReadOnlySet<MessageId>> FindExistingAsync(
        QueueKey queue, IReadOnlyList<MessageId> messages, CancellationToken cancellationToken) =>
        spool.FindExistingAsync(queue, messages, cancellationToken);

    public ValueTask<IReadOnlyList<PendingPart>> FindUnclaimedAsync(
        DateTimeOffset acceptedBefore, PartId? after, int limit, CancellationToken cancellationToken) =>
        spool.FindUnclaimedAsync(acceptedBefore, after, limit, cancellationToken);

    public ValueTask<bool> IsHealthyAsync(CancellationToken cancellationToken) => spool.IsHealthyAsync(cancellationToken);

    private void Fail(PartId part)
    {
        if (Refuses(part)) throw new SpoolUnavailableException("the storage is away");
        if (Breaks(part)) throw new InvalidOperationException("a fault nobody thought of");
        if (IsCorrupt(part)) throw new CorruptPartException(part, "its envelope cannot be read");
    }
}
