using Postfleet.Core.Queueing;
using Postfleet.Testing.Fakes;

namespace Postfleet.Spool.Tests.Contract;

/// <summary>A spool by its interfaces, so that the contract tests run on the real one and on the fake.</summary>
internal sealed record SpoolUnderTest(
    IMessageStore Store, IPartReader Reader, IPartScanner Scanner, IPartLedger Ledger, IReportStore Reports, ISpoolHealth Health,
    Func<ValueTask> Close)
{
    public ValueTask<StoreResult> StoreAsync(NewMessage message, CancellationToken cancellationToken) =>
        Store.StoreAsync(message, cancellationToken);

    public ValueTask<SpooledPart?> ReadAsync(PartId part, CancellationToken cancellationToken) => Reader.ReadAsync(part, cancellationToken);

    public ValueTask<SpooledPart?> ReadHeadAsync(PartId part, int maxContent, CancellationToken cancellationToken) =>
        Reports.ReadHeadAsync(part, maxContent, cancellationToken);

    public ValueTask<SettlementResult> SettleAsync(Settlement settlement, CancellationToken cancellationToken) =>
        Ledger.SettleAsync(settlement, cancellationToken);

    public ValueTask MarkHandedOffAsync(IReadOnlyList<PartId> parts, CancellationToken cancellationToken) =>
        Ledger.MarkHandedOffAsync([.. parts.Select(part => part.Mark())], cancellationToken);

    public ValueTask<int> ReofferAsync(QueueKey queue, CancellationToken cancellationToken) =>
        Ledger.ReofferAsync(queue, cancellationToken);

    public ValueTask<IReadOnlyDictionary<MessageId, MovedPart?>> FindExistingAsync(
        QueueKey queue, IReadOnlyList<MessageId> messages, CancellationToken cancellationToken) =>
        Ledger.FindExistingAsync(queue, messages, cancellationToken);

    public ValueTask<IReadOnlyList<PendingPart>> FindUnclaimedAsync(
        DateTimeOffset acceptedBefore, PartId? after, int limit, CancellationToken cancellationToken) =>
        Ledger.FindUnclaimedAsync(acceptedBefore, after, limit, cancellationToken);

    public ValueTask<PendingReport?> ReadPendingAsync(MessageId message, int maxContent, CancellationToken cancellationToken) =>
        Reports.ReadPendingAsync(message, maxContent, cancellationToken);

    public ValueTask<IReadOnlyList<DueReport>> FindDueAsync(
        DateTimeOffset notedBefore, long after, int limit, CancellationToken cancellationToken) =>
        Reports.FindDueAsync(notedBefore, after, limit, cancellationToken);

    public ValueTask<bool> CompleteAsync(
        MessageId message, IReadOnlyList<long> rows, NewMessage? notification, CancellationToken cancellationToken) =>
        Reports.CompleteAsync(message, rows, notification, cancellationToken);

    public ValueTask<bool> IsHealthyAsync(CancellationToken cancellationToken) => Health.IsHealthyAsync(cancellationToken);
}
