using CsCheck;
using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;
using Postfleet.Delivery.Smtp;
using Xunit;

namespace Postfleet.Delivery.Tests.Smtp;

public sealed class DsnExtensionTests
{
    private static readonly SmtpReply Ok = new(250, null, "ok");

    [Theory]
    [InlineData(NotifyOn.Unspecified, "", "")]
    [InlineData(NotifyOn.Never, "", " NOTIFY=NEVER")]
    [InlineData(NotifyOn.Success | NotifyOn.Failure | NotifyOn.Delay, "rfc822;a@b.test", " NOTIFY=SUCCESS,FAILURE,DELAY ORCPT=rfc822;a@b.test")]
    [InlineData(NotifyOn.Unspecified, "utf-8;\\x{FC}@b.test", " ORCPT=utf-8;\\x{FC}@b.test")]
    public void What_was_asked_about_a_recipient_is_passed_on_as_it_came(NotifyOn notify, string original, string expected) =>
        Assert.Equal(expected, DsnExtension.Rcpt(new DsnRequest(notify, original)));

    [Theory]
    [InlineData(ReturnContent.Unspecified, "", "")]
    [InlineData(ReturnContent.Headers, "", " RET=HDRS")]
    [InlineData(ReturnContent.Full, "QQ+2B1", " RET=FULL ENVID=QQ+2B1")]
    public void What_was_asked_about_a_message_is_passed_on_as_it_came(ReturnContent content, string id, string expected) =>
        Assert.Equal(expected, DsnExtension.Mail(new MessageEnvelope { Return = content, EnvelopeId = id }));

    [Fact]
    public void Outcomes_are_split_without_losing_anybody()
    {
        var request = Gen.Int[0, 8].Select(notify => new DsnRequest((NotifyOn)notify, ""));
        Gen.Select(request.Array[0, 100], Gen.Enum<Disposition>(), Gen.Enum<SuccessReport>()).Sample((requests, disposition, report) =>
        {
            var part = new PartEnvelope([.. Enumerable.Range(0, 100).Select(i => Mailbox.Parse($"r{i}@b.test"))]) { Requests = requests };
            var outcome = new RecipientOutcome(RecipientSet.All(100), disposition, Ok, "mx");
            var split = DsnExtension.WithReports(outcome, part, report).ToList();
            Assert.All(split, piece => Assert.Equal(outcome, piece with { Recipients = outcome.Recipients, Success = SuccessReport.None }));
            Assert.Equal(Enumerable.Range(0, 100), split.SelectMany(piece => piece.Recipients.Indexes()).Order());
            var owed = split.Where(piece => piece.Success != SuccessReport.None).ToList();
            Assert.All(owed, piece => Assert.Equal(report, piece.Success));
            Assert.Equal(
                disposition == Disposition.Delivered && report != SuccessReport.None
                    ? Enumerable.Range(0, requests.Length).Where(i => (requests[i].Notify & NotifyOn.Success) != 0) : [],
                owed.SelectMany(piece => piece.Recipients.Indexes()));
        });
    }
}
