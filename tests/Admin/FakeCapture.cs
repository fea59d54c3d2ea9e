using System.Text;
using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;
using Postfleet.Spool.Common;

namespace Postfleet.Admin.Tests;

/// <summary>A store with a single captured message, which a browser could run as a page with a script.</summary>
internal sealed class FakeCapture : ICaptureStore
{
    private bool _isDeleted;

    public static readonly MessageId Id = MessageId.FromHalves(1, 2);

    public static readonly byte[] Content = Encoding.Latin1.GetBytes("Subject: <script>\r\n\r\n\u00e9\0\r\n");

    public ValueTask CaptureAsync(
        SpooledPart part, IReadOnlyList<Mailbox> recipients, DateTimeOffset capturedAt, CancellationToken cancellationToken) =>
        throw new InvalidOperationException("nothing is captured over HTTP");

    public ValueTask<IReadOnlyList<CapturedMessage>> ListAsync(int limit, CancellationToken cancellationToken) => new(
        _isDeleted ? []
            : [new CapturedMessage(Id, QueueKey
                .FromTrusted("default:a.test"), DateTimeOffset.UnixEpoch, "from@a.test", ["to@a.test"], Content.Length, "<script>")]);

    public ValueTask<MessageContent?> ReadContentAsync(MessageId id, CancellationToken cancellationToken) =>
        new(id == Id && !_isDeleted ? new MessageContent(Content) : null);

    public ValueTask<int> DeleteAsync(MessageId? id, CancellationToken cancellationToken)
    {
        if (_isDeleted || (id is { } one && one != Id)) return new(0);
        _isDeleted = true;
        return new(1);
    }
}
