using System.Buffers;
using System.Text;
using CsCheck;
using Postfleet.Core.Classification;
using Postfleet.Core.Mail;
using Postfleet.Core.Returns;
using Xunit;

namespace Postfleet.Core.Tests.Returns;

/// <summary>Reports by example, and any octets.</summary>
public sealed class ReturnedMailTests
{
    private const string Report = """
        From: Mail System <MAILER-DAEMON@mx.example.net>
        Content-Type: multipart/report; report-type=delivery-status;
         boundary="=_b"

        --=_b
        Content-Type: text/plain

        It could not be delivered.

        --=_b
        Content-Type: message/delivery-status

        Reporting-MTA: dns; mx.example.net
        Original-Envelope-Id: order-17

        Original-Recipient: rfc822;Bob@example.net
        Final-Recipient: rfc822; <bob@store.example.net>
        Action: failed
        Status: 5.0.0 (permanent failure)
        Remote-MTA: dns; store.example.net
        Diagnostic-Code: smtp; 550-5.1.1 <bob@store.example.net>
         550 5.1.1 User unknown

        Final-Recipient: rfc822; ann@example.net
        Action: delayed
        Status: 4.4.1

        Final-Recipient: rfc822; eve@example.net
        Action: relayed
        Status: 2.0.0

        --=_b
        Content-Type: text/rfc822-headers

        Return-Path: <news@example.com>
        Message-ID: <1@example.com>

        --=_b--

        """;

    [Fact]
    public void A_report_is_read()
    {
        var read = Read(Report)!;
        Assert.Null(read.Complaint);
        Assert.Equal(new OriginalMail("1@example.com", "news@example.com", "order-17"), read.Original);
        Assert.Equal(["bob@store.example.net", "ann@example.net", "eve@example.net"], read.Recipients.Select(each => each.Final));
        Assert.Equal(
            [ReturnedAction.Failed, ReturnedAction.Delayed, ReturnedAction.Delivered], read.Recipients.Select(each => each.Action));
        Assert.Equal(["Bob@example.net", null, null], read.Recipients.Select(each => each.Original));
        Assert.Equal("store.example.net", read.Recipients[0].RemoteHost);
        Assert.Equal(550, read.Recipients[0].Reply.Code);
        Assert.Equal(new EnhancedStatus(5, 1, 1), read.Recipients[0].Status);
        Assert.Equal(
            ["unknown-user", "network", null], read.Recipients.Select(each => each.Classify(BounceClassifier.Shipped)?.Name));
    }

    [Theory]
    [InlineData("\r\n")]
    [InlineData("\r")]
    public void Line_ends_make_no_difference(string end)
    {
        var (expected, read) = (Read(Report)!, Read(Report.Replace("\n", end, StringComparison.Ordinal))!);
        Assert.Equal(expected.Recipients, read.Recipients);
        Assert.Equal(expected.Original, read.Original);
    }

    [Fact]
    public void A_warning_in_words_is_no_failure() => Assert.Equal(ReturnedAction.Delayed, Assert.Single(Read("""
        From: MAILER-DAEMON@mx.example.net
        Subject: Delivery Status Notification (Delay)

        THIS IS A WARNING MESSAGE ONLY.
        Delivery to the following recipient has failed so far:

             bob@example.net

        Message will be retried for 2 more day(s)
        """)!.Recipients).Action);

    [Theory]
    [InlineData("From: bob@example.net\nSubject: the report\n\nann@example.net: 550 5.1.1 User unknown\n")]
    [InlineData("From: bob@example.net\nReturn-Path: <>\nAuto-Submitted: auto-replied\nSubject: away\n\nann@example.net\nrejected")]
    [InlineData("Return-Path: <>\nFrom: bob@example.net\nSubject: Out of office: error\n\nann@example.net\nfailed\n")]
    [InlineData("Content-Type: multipart/report; boundary=b\n\n--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; x\n")]
    [InlineData("Content-Type: multipart/report; boundary=b\n\n--b\nContent-Type: message/feedback-report\n\nVersion: 1\n--b--\n")]
    [InlineData("")]
    public void Mail_that_reports_nothing_is_no_report(string mail) => Assert.Null(Read(mail));

    [Fact]
    public void A_complaint_is_read()
    {
        var read = Read("""
            From: fbl@example.net
            Content-Type: multipart/report; report-type=feedback-report; boundary=b

            --b
            Content-Type: message/feedback-report

            Feedback-Type: Abuse
            User-Agent: Loop/1.0
            Version: 1
            Original-Mail-From: <news@example.com>
            Original-Rcpt-To: <bob@example.net>

            --b
            Content-Type: message/rfc822

            Message-ID: <1@example.com>

            --b--
            """)!;
        Assert.Empty(read.Recipients);
        Assert.Equal(new OriginalMail("1@example.com", "news@example.com", ""), read.Original);
        Assert.Equal(("abuse", "Loop/1.0"), (read.Complaint!.Kind, read.Complaint.Reporter));
        Assert.Equal(["bob@example.net"], read.Complaint.Recipients);
    }

    [Fact]
    public void Recipients_and_texts_are_bounded()
    {
        var groups = string.Concat(Enumerable.Range(0, 5000).Select(i => $"Final-Recipient: rfc822; u{i}@example.net\nAction: failed\n"));
        var read = Read($"Content-Type: multipart/report; boundary=b\n\n--b\nContent-Type: message/delivery-status\n\n{groups}\n"
            + $"Final-Recipient: rfc822; {new string('x', 1000)}@example.net\nDiagnostic-Code: smtp; {new string('y', 5000)}\n--b--\n")!;
        Assert.InRange(read.Recipients.Count, 1, ReturnedMail.MaxRecipients);
        Assert.All(read.Recipients, each => Assert.InRange(each.Final.Length, 1, ReturnedRecipient.MaxAddress));
        Assert.All(read.Recipients, each => Assert.InRange(each.Reply.Text.Length, 0, SmtpReply.MaxTextLength));
    }

    // What belongs to a sample is cut, doubled and joined with other samples, so all readers get input that almost fits.
    [Fact]
    public void Any_octets_are_read_without_an_exception()
    {
        var samples = SampleReports.All.Values.Append(Encoding.ASCII.GetBytes(Report)).ToArray();
        var piece = Gen.Select(Gen.Int[0, samples.Length - 1], Gen.Double[0, 1], Gen.Double[0, 1], (index, from, to) =>
            samples[index][(int)(Math.Min(from, to) * samples[index].Length)..(int)(Math.Max(from, to) * samples[index].Length)]);
        Gen.Select(piece.Array[1, 4], Gen.Byte.Array[0, 20], (pieces, noise) => pieces.SelectMany(each => each.Concat(noise)).ToArray())
            .Sample(
                octets =>
                {
                    foreach (var each in ReturnedMailReader.Read(new ReadOnlySequence<byte>(octets))?.Recipients ?? [])
                    {
                        each.Classify(BounceClassifier.Shipped);
                    }
                },
                iter: 500);
    }

    [Fact]
    public void Only_the_first_octets_are_read()
    {
        var filler = string.Concat(Enumerable.Repeat(new string('x', 79) + "\n", ReturnedMailReader.MaxOctets / 80));
        Assert.Null(Read(filler + Report));
        Assert.NotNull(Read(Report + filler));
    }

    private static ReturnedMail? Read(string mail) => ReturnedMailReader.Read(new ReadOnlySequence<byte>(Encoding.Latin1.GetBytes(mail)));
}
