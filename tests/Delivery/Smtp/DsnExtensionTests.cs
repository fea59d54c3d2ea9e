using CsCheck;
using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;
using Postfleet.Delivery.Options;
using Postfleet.Delivery.Routing;
using Postfleet.Delivery.Smtp;
using Postfleet.Spool.Common;
using Xunit;
using static Postfleet.Delivery.Tests.Smtp.Dialogue;

namespace Postfleet.Delivery.Tests.Smtp;

public sealed class DsnExtensionTests
{
    private static readonly SmtpReply Ok = new(250, null, "ok");

    private static readonly DsnRequest[] Requests =
    [
        new(NotifyOn.Success | NotifyOn.Delay, "rfc822;a+2Bb@b.test"), DsnRequest.None, new(NotifyOn.Never, ""),
        new(NotifyOn.Unspecified, "rfc822;c@b.test"),
    ];

    [Theory]
    [InlineData(NotifyOn.Unspecified, "", "")]
    [InlineData(NotifyOn.Never, "", " NOTIFY=NEVER")]
    [InlineData(
        NotifyOn.Success | NotifyOn.Failure | NotifyOn.Delay, "rfc822;a@b.test", " NOTIFY=SUCCESS,FAILURE,DELAY ORCPT=rfc822;a@b.test")]
    [InlineData(NotifyOn.Unspecified, "utf-8;\\x{FC}@b.test", " ORCPT=utf-8;\\x{FC}@b.test")]
    public void Dsn_parameters_of_a_recipient_are_relayed_unchanged(NotifyOn notify, string original, string expected) =>
        Assert.Equal(expected, DsnExtension.Rcpt(new DsnRequest(notify, original)));

    [Theory]
    [InlineData(ReturnContent.Unspecified, "", "")]
    [InlineData(ReturnContent.Headers, "", " RET=HDRS")]
    [InlineData(ReturnContent.Full, "QQ+2B1", " RET=FULL ENVID=QQ+2B1")]
    public void Dsn_parameters_of_a_message_are_relayed_unchanged(ReturnContent content, string id, string expected) =>
        Assert.Equal(expected, DsnExtension.Mail(new MessageEnvelope { Return = content, EnvelopeId = id }));

    [Fact]
    public void Outcomes_are_split_without_losing_a_recipient()
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

    [Theory, InlineData(0), InlineData(1), InlineData(2)]
    public async Task A_peer_with_dsn_receives_the_parameters_and_takes_over_the_reports(int pieces)
    {
        var dialogue = new Dialogue(pieces, "S: 220 mx", "C: EHLO client.test", "S: 250-mx|250-PIPELINING|250 DSN",
            "C: MAIL FROM:<from@a.test> RET=HDRS ENVID=QQ+2B1",
            "C: RCPT TO:<r0@b.test> NOTIFY=SUCCESS,DELAY ORCPT=rfc822;a+2Bb@b.test", "C: RCPT TO:<r1@b.test>",
            "C: RCPT TO:<r2@b.test> NOTIFY=NEVER", "C: RCPT TO:<r3@b.test> ORCPT=rfc822;c@b.test", "C: DATA",
            "S: 250 ok|250 ok|250 ok|250 ok|550 no|354 go", "C: *DATA*", "S: 250 taken");
        var result = await (await dialogue.ConnectedAsync()).SendAsync(Asking(), RecipientSet.All(4), default);
        await dialogue.EndAsync();
        Assert.All(result.Outcomes, outcome => Assert.Equal(SuccessReport.None, outcome.Success));
    }

    [Fact]
    public async Task A_peer_without_dsn_receives_no_parameters_and_successes_are_reported_here()
    {
        var dialogue = new Dialogue(0, "S: 220 mx", "C: EHLO client.test", "S: 250-mx|250 PIPELINING",
            "C: MAIL FROM:<from@a.test>", "C: RCPT TO:<r0@b.test>", "C: RCPT TO:<r1@b.test>", "C: RCPT TO:<r2@b.test>",
            "C: RCPT TO:<r3@b.test>", "C: DATA",
            "S: 250 ok|250 ok|250 ok|250 ok|250 ok|354 go", "C: *DATA*", "S: 250 taken");
        var result = await (await dialogue.ConnectedAsync()).SendAsync(Asking(), RecipientSet.All(4), default);
        await dialogue.EndAsync();
        var relayed = Assert.Single(result.Outcomes, outcome => outcome.Success != SuccessReport.None);
        Assert.Equal((RecipientSet.Of(0), SuccessReport.Relayed), (relayed.Recipients, relayed.Success));
        Assert.All(result.Outcomes, outcome => Assert.Equal(Disposition.Delivered, outcome.Disposition));
    }

    [Fact]
    public async Task An_lmtp_success_is_reported_as_delivered()
    {
        var dialogue = new Dialogue(0, "S: 220 mx", "C: LHLO client.test", "S: 250-mx|250 PIPELINING",
            "C: MAIL FROM:<from@a.test>", "C: RCPT TO:<r0@b.test>", "C: RCPT TO:<r1@b.test>", "C: DATA",
            "S: 250 ok|250 ok|250 ok|354 go", "C: *DATA*", "S: 250 taken|250 taken")
        { Egress = new Egress { Protocol = MailProtocol.Lmtp } };
        var result = await (await dialogue.ConnectedAsync()).SendAsync(Asking(), RecipientSet.All(2), default);
        await dialogue.EndAsync();
        Assert.Equal([(0, SuccessReport.Delivered), (1, SuccessReport.None)], result.Outcomes
            .SelectMany(outcome => outcome.Recipients.Indexes().Select(index => (index, outcome.Success))).Order());
    }

    private static SpooledPart Asking()
    {
        var part = Part(4);
        return part with
        {
            Message = part.Message with { Return = ReturnContent.Headers, EnvelopeId = "QQ+2B1" },
            Part = part.Part with { Requests = Requests },
        };
    }
}
