using Google.Protobuf;
using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;
using Postfleet.Spool.Storage;

namespace Postfleet.Spool.Tests.Storage;

public sealed class NotedReportCodecTests
{
    // Bytes of version 2 of the schema. They may stand in a spool for seconds, and a node of a newer version reads them then.
    private const string Bytes =
        "0A0E64656661756C743A612E7465737410021880E0D4F9988693032080A0A8A3E29293032A650A270A0B7573657240612E74" +
        "65737412187266633832323B6F6C642B32427573657240612E746573740A0E0A0C6AC3B6726740612E74657374100220C203" +
        "28D1A1F40132056C61746572380242176D782E612E746573745B3139322E302E322E315D3A32352A1B0A0E0A0C6F74686572" +
        "40612E746573741001180120FA0132026F6B";

    private static readonly NotedReport Report = new(
        Mail.Queue("a.test"), ReportCause.Delayed, Mail.Noon, Mail.Noon.AddDays(5),
        [
            new NotedOutcome(
                [new NotedRecipient(Mailbox.Parse("user@a.test"), "rfc822;old+2Buser@a.test"),
                    new NotedRecipient(Mailbox.Parse("j\u00f6rg@a.test"), "")],
                Disposition.Deferred, SuccessReport.None,
                new SmtpReply(450, new EnhancedStatus(4, 2, 1), "later") { Stage = ReplyStage.Recipient }, "mx.a.test[192.0.2.1]:25"),
            new NotedOutcome(
                [new NotedRecipient(Mailbox.Parse("other@a.test"), "")], Disposition.Delivered, SuccessReport.Relayed,
                    new SmtpReply(250, null, "ok"), ""),
        ]);

    [Fact]
    public void A_note_comes_back() => AssertSame(Report, NotedReportCodec.Decode(NotedReportCodec.Encode(Report)));

    [Fact]
    public void The_bytes_of_a_note_stay_as_they_are()
    {
        Assert.Equal(Bytes, Convert.ToHexString(NotedReportCodec.Encode(Report)));
        AssertSame(Report, NotedReportCodec.Decode(Convert.FromHexString(Bytes)));
    }

    [Fact]
    public void Bytes_of_an_invalid_note_are_refused()
    {
        var bytes = NotedReportCodec.Encode(Report);
        Assert.Throws<InvalidProtocolBufferException>(() => NotedReportCodec.Decode(bytes.AsSpan(..^1)));
        Assert.Throws<FormatException>(() => NotedReportCodec.Decode([]));
        Assert.Throws<FormatException>(() => NotedReportCodec.Decode([0x22, 0x00]));
    }

    private static void AssertSame(NotedReport expected, NotedReport read)
    {
        Assert.Equal(
            (expected.Queue, expected.Cause, expected.At, expected.RetriedUntil), (read.Queue, read.Cause, read.At, read.RetriedUntil));
        Assert.Equal(
            expected.Outcomes.Select(outcome => (outcome.Disposition, outcome.Success, outcome.Reply, outcome.RemoteHost)),
            read.Outcomes.Select(outcome => (outcome.Disposition, outcome.Success, outcome.Reply, outcome.RemoteHost)));
        Assert.Equal(expected.Outcomes.SelectMany(outcome => outcome.Recipients), read.Outcomes.SelectMany(outcome => outcome.Recipients));
    }
}
