using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using MimeKit;
using MimeKit.Utils;
using Postfleet.Authentication.Dmarc;
using Postfleet.Authentication.Dmarc.Reports;
using Postfleet.Core.Mail;
using Postfleet.Operations.Options;
using Postfleet.Spool.Common;

namespace Postfleet.Operations.Reports;

/// <summary>Makes the message of an aggregate report (RFC 9990). Pure.</summary>
internal static class DmarcReportMail
{
    private static readonly FormatOptions Format = new() { NewLineFormat = NewLineFormat.Dos };

    /// <summary>The report about a domain and a day.</summary>
    /// <param name="options">The sender.</param>
    /// <param name="key">The day and the domain that publishes the policy.</param>
    /// <param name="record">Its record.</param>
    /// <param name="rows">The rows, at least one.</param>
    /// <param name="generator">The name and version of the program.</param>
    public static DmarcReport Report(
        DmarcReportOptions options, ReportCountKey key, DmarcRecord record, IReadOnlyList<DmarcReportRow> rows, string generator)
    {
        var (from, begin) = (options.From!, new DateTimeOffset(key.Day.ToDateTime(TimeOnly.MinValue), TimeSpan.Zero));
        return new DmarcReport(
            options.Organization.Length > 0 ? options.Organization : from.Domain.Value, from.Address, from.Domain.Value,
            UniqueId(key, record, rows), begin, begin.AddDays(1).AddSeconds(-1), key.Subject, record, rows)
        {
            Contact = options.Contact.Length > 0 ? options.Contact : null,
            Error = record.HasWrongPolicy ? "the policy record has no valid policy and counts as p=none" : null,
            Generator = generator,
        };
    }

    /// <summary>The message to one address.</summary>
    /// <param name="report">The report.</param>
    /// <param name="document">Its document.</param>
    /// <param name="to">The address.</param>
    /// <param name="now">The time of the message.</param>
    public static MessageContent Write(DmarcReport report, DmarcReportDocument document, string to, DateTimeOffset now)
    {
        using var message = new MimeMessage();
        message.Headers.Clear();
        message.Headers.Add(HeaderId.Date, DateUtils.FormatDate(now));
        message.Headers.Add(HeaderId.From, report.Email);
        message.Headers.Add(HeaderId.To, to);
        message.Headers.Add(HeaderId.Subject, report.Subject);
        message.Headers.Add(HeaderId.MessageId, $"<{report.UniqueId}.{Short(to)}@{report.Receiver}>");
        // RFC 3834: no automatic response to the report.
        message.Headers.Add(HeaderId.AutoSubmitted, "auto-generated");
        message.Body = new Multipart("mixed")
        {
            new TextPart("plain") { Text = Text(report, document) },
            new MimePart("application", "gzip")
            {
                Content = new MimeContent(new MemoryStream(DmarcReportWriter.Compress(document), writable: false)),
                ContentTransferEncoding = ContentEncoding.Base64,
                ContentDisposition = new ContentDisposition(ContentDisposition.Attachment) { FileName = report.FileName },
            },
        };
        using var stream = new MemoryStream();
        message.WriteTo(Format, stream);
        return new MessageContent(stream.ToArray());
    }

    private static string Text(DmarcReport report, DmarcReportDocument document)
    {
        var messages = report.Rows.Sum(row => row.Count).ToString(CultureInfo.InvariantCulture);
        var leftOut = document.LeftOut > 0 ? $" {document.LeftOut} rows with the fewest messages did not fit." : "";
        return $"This is the DMARC aggregate report of {report.Organization} about mail of {report.PolicyDomain}\r\n" +
            $"on {report.Begin.UtcDateTime.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)} (UTC): {messages} messages.{leftOut}\r\n";
    }

    // Repeated when the same report is made again, so that receivers notice a repetition. Counts that came late make another report.
    private static string UniqueId(ReportCountKey key, DmarcRecord record, IReadOnlyList<DmarcReportRow> rows)
    {
        var counted = rows.Select(row => Convert.ToBase64String(DmarcRowCodec.Write(record, row) ?? []) + $" {row.Count}");
        return key.Day.ToString("yyyyMMdd", CultureInfo.InvariantCulture)
            + Short($"{key.Subject} {record.Text} {string.Join(' ', counted.Order(StringComparer.Ordinal))}");
    }

    private static string Short(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text))[..8]);
}
