using System.Collections.Concurrent;
using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;
using Postfleet.Spool;

namespace Postfleet.Delivery.Tests.Destinations;

/// <summary>The parts that a destination reads, and the mail that it captures, in memory. What is not there was settled.</summary>
internal sealed class FakeSpool : ISpool, ICaptureStore
{
    public static readonly DateTimeOffset AcceptedAt = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public ConcurrentDictionary<PartId, Func<SpooledPart>> Parts { get; } = new();

    public ConcurrentQueue<(PartId Part, IReadOnlyList<Mailbox> Recipients)> Captured { get; } = new();

    public Exception? CaptureFault { get; set; }

    public void Add(PartId part, params string[] recipients)
    {
        var content = new MessageContent("Subject: x\r\n\r\nhello\r\n"u8.ToArray());
        var spooled = new SpooledPart(
            part, AcceptedAt, new MessageEnvelope { Size = content.Length }, new PartEnvelope([.. recipients.Select(Mailbox.Parse)]),
            content);
        Parts[part] = () => spooled;
    }

    public ValueTask<SpooledPart?> ReadAsync(PartId part, CancellationToken cancellationToken) =>
        new(Parts.TryGetValue(part, out var read) ? read() : null);

    public ValueTask CaptureAsync(
        SpooledPart part, IReadOnlyList<Mailbox> recipients, DateTimeOffset capturedAt, CancellationToken cancellationToken)
    {
        if (CaptureFault is { } fault) throw fault;
        Captured.Enqueue((part.Id, recipients));
        return default;
    }

    public ValueTask<IReadOnlyList<CapturedMessage>> ListAsync(int limit, CancellationToken cancellationToken) => throw Unexpected();

    public ValueTask<MessageContent?> ReadContentAsync(MessageId id, CancellationToken cancellationToken) => throw Unexpected();

    public ValueTask<StoreResult> StoreAsync(NewMessage message, CancellationToken cancellationToken) => throw Unexpected();

    public ValueTask<SpooledPart?> ReadHeadAsync(PartId part, int maxContent, CancellationToken cancellationToken) => throw Unexpected();

    public ValueTask<SettlementResult> SettleAsync(Settlement settlement, CancellationToken cancellationToken) => throw Unexpected();

    public ValueTask MarkHandedOffAsync(IReadOnlyList<PartId> parts, CancellationToken cancellationToken) => throw Unexpected();

    public ValueTask<int> ReofferAsync(QueueKey queue, CancellationToken cancellationToken) => throw Unexpected();

    public ValueTask<IReadOnlySet<MessageId>> FindExistingAsync(
        QueueKey queue, IReadOnlyList<MessageId> messages, CancellationToken cancellationToken) => throw Unexpected();

    public ValueTask<IReadOnlyList<PendingPart>> FindUnclaimedAsync(
        DateTimeOffset acceptedBefore, PartId? after, int limit, CancellationToken cancellationToken) => throw Unexpected();

    public ValueTask<bool> IsHealthyAsync(CancellationToken cancellationToken) => throw Unexpected();

    private static InvalidOperationException Unexpected() => new("a destination has no business with this");
}
