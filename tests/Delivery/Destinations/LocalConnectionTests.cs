using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;
using Postfleet.Delivery.Destinations;
using Postfleet.Spool.Common;
using Postfleet.Testing.Fakes;
using Xunit;

namespace Postfleet.Delivery.Tests.Destinations;

public sealed class LocalConnectionTests
{
    [Theory]
    [InlineData(TargetKind.Capture, SuccessReport.Delivered)]
    [InlineData(TargetKind.Discard, SuccessReport.Delivered)]
    [InlineData(TargetKind.Reject, SuccessReport.None)]
    public async Task A_requested_success_report_is_made_for_local_delivery(TargetKind kind, SuccessReport expected)
    {
        var content = new MessageContent("Subject: x\r\n\r\nhello\r\n"u8.ToArray());
        var part = new PartEnvelope([Mailbox.Parse("a@a.test"), Mailbox.Parse("b@a.test")])
        {
            Requests = [DsnRequest.None, new(NotifyOn.Success | NotifyOn.Failure, "")],
        };
        var spooled = new SpooledPart(
            new PartId(MessageId.FromHalves(1, 1), QueueKey.FromTrusted("default:a.test")), DateTimeOffset.UnixEpoch,
            new MessageEnvelope { Size = content.Length }, part, content);
        await using var connection = new LocalConnection(kind, new MemoryCapture(), TimeProvider.System);
        var result = await connection.SendAsync(spooled, RecipientSet.All(2), default);
        Assert.Equal(expected == SuccessReport.None ? 1 : 2, result.Outcomes.Count);
        Assert.All(
            result.Outcomes, outcome => Assert.Equal(outcome.Recipients.Contains(1) ? expected : SuccessReport.None, outcome.Success));
    }
}
