using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Logging;
using Postfleet.Authentication.Dmarc;
using Postfleet.Authentication.Dmarc.Reports;
using Postfleet.Contracts.Queueing;
using Postfleet.Core.Concurrency;
using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;
using Postfleet.Operations.Common;
using Postfleet.Operations.Options;
using Postfleet.Spool.Common;

namespace Postfleet.Operations.Reports;

/// <summary>
/// Sends the aggregate reports of the days that are over, and deletes their rows. Each message has an idempotency key of its report and its
/// address, so that a report is not sent twice when its rows could not be deleted. Called by <see cref="DmarcReportSender"/>, one run at a
/// time.
/// </summary>
internal sealed class DmarcReporter(
    Current<DmarcReportOptions> options, IReportCountStore store, DmarcReportAddresses addresses, Func<ISubmission> submission,
    string generator, TimeProvider time, ILogger logger)
{
    /// <summary>How long after the end of a day its reports are sent: nodes add their counts once a minute.</summary>
    public static readonly TimeSpan Delay = TimeSpan.FromMinutes(15);

    /// <summary>How long a failing DNS lookup delays a report.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromDays(2);

    /// <summary>The most rows of a report.</summary>
    public const int MaxRows = 50_000;

    private const int Page = 100;
    private const string Owner = "report:dmarc";

    /// <summary>Sends what is due.</summary>
    /// <exception cref="SpoolUnavailableException">The storage does not answer; the rest is sent by a later run.</exception>
    /// <exception cref="OperationCanceledException">The caller stops.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        // Rows that were counted before reports were switched off stay until they are on again.
        if (options.Value.From is null) return;
        var (before, after, sent) = (DayOf(time.GetUtcNow() - Delay), (ReportCountKey?)null, 0);
        while (true)
        {
            var page = await store.ListAsync(ReportCountKind.Dmarc, before, after, Page, cancellationToken);
            if (page.Count == 0) break;
            after = page[^1];
            foreach (var key in page) sent += await SendAsync(key, cancellationToken);
        }

        if (sent > 0) logger.DmarcReportsSent(sent);
    }

    // The number of messages. Rows stay where a message could not be stored or a lookup failed.
    private async Task<int> SendAsync(ReportCountKey key, CancellationToken cancellationToken)
    {
        var (sent, isDone, rules) = (0, true, options.Value);
        if (rules.From is not null && !rules.Except.Any(pattern => pattern.Matches(key.Subject)))
        {
            var rows = await store.ReadAsync(ReportCountKind.Dmarc, key, MaxRows, cancellationToken);
            foreach (var group in Read(key, rows).GroupBy(row => row.Record.Text, StringComparer.Ordinal))
            {
                var record = group.First().Record;
                var found = await addresses.FindAsync(key.Subject, record, cancellationToken);
                isDone &= found.IsComplete || IsOld(key);
                if (!isDone || found.Addresses.IsEmpty) continue;
                var report = DmarcReportMail.Report(rules, key, record, [.. group.Select(row => row.Row)], generator);
                var document = DmarcReportWriter.Write(report, (int)rules.MaxSize.Bytes);
                foreach (var address in found.Addresses)
                {
                    if (await SubmitAsync(report, document, address, cancellationToken)) sent++;
                    else isDone = false;
                }
            }
        }

        if (isDone) await store.DeleteAsync(ReportCountKind.Dmarc, key, cancellationToken);
        return sent;
    }

    private IEnumerable<(DmarcRecord Record, DmarcReportRow Row)> Read(ReportCountKey key, IReadOnlyList<ReportCount> rows)
    {
        var damaged = 0;
        foreach (var stored in rows)
        {
            if (DmarcRowCodec.TryRead(stored.Data.Span, stored.Count, out var record, out var row)) yield return (record, row);
            else damaged++;
        }

        if (damaged > 0) logger.DmarcRowsDamaged(damaged, key.Subject, key.Day);
    }

    private async Task<bool> SubmitAsync(
        DmarcReport report, DmarcReportDocument document, string address, CancellationToken cancellationToken)
    {
        if (!Mailbox.TryParse(address, out var recipient)) return true;
        var now = time.GetUtcNow();
        var content = DmarcReportMail.Write(report, document, address, now);
        var key = SHA256.HashData(Encoding.UTF8.GetBytes($"{report.Id} {address}"));
        var envelope = new MessageEnvelope { ReversePath = options.Value.From, Size = content.Length };
        var message = new Submission(MessageId.New(now), envelope, [recipient], content)
        {
            // Nobody waits for the report: a failure must not send a DSN to the address that sends reports.
            Requests = new Dictionary<Mailbox, DsnRequest> { [recipient] = new(NotifyOn.Never, "") },
            Key = new IdempotencyKey(Owner, Convert.ToHexStringLower(key), key),
        };
        var result = await submission().SubmitAsync(message, cancellationToken);
        if (result.Status is StoreStatus.Stored or StoreStatus.StoredBefore) return true;
        logger.DmarcReportNotStored(report.PolicyDomain, result.Status.ToString());
        return false;
    }

    private bool IsOld(ReportCountKey key) => key.Day < DayOf(time.GetUtcNow() - Delay - Patience);

    private static DateOnly DayOf(DateTimeOffset time) => DateOnly.FromDateTime(time.UtcDateTime);
}
