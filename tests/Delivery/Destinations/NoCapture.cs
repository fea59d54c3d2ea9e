using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;
using Postfleet.Spool;

namespace Postfleet.Delivery.Tests.Destinations;

/// <summary>For tests in which nothing is captured.</summary>
internal sealed class NoCapture : ICaptureStore
{
    public ValueTask CaptureAsync(
        SpooledPart part, IReadOnlyList<Mailbox> recipients, DateTimeOffset capturedAt, CancellationToken cancellationToken) =>
        throw new InvalidOperationException("nothing is captured here");

    public ValueTask<IReadOnlyList<CapturedMessage>> ListAsync(int limit, CancellationToken cancellationToken) => new([]);

    public ValueTask<MessageContent?> ReadContentAsync(MessageId id, CancellationToken cancellationToken) => new((MessageContent?)null);
}
