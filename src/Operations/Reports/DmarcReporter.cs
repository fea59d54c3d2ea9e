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

    /// <summary>The time for the lookups of a domain.</summary>
    public static readonly TimeSpan LookupTime = TimeSpan.FromSeconds(20);

    /// <summary>The most rows of a domain that are read at a time: 4 KiB each at most.</summary>
    public const int MaxRows = 10_000;

    /// <summary>The most policies of a domain in a day that get a report, those with the most messages.</summary>
    public const int MaxPolicies = 3;

    /// <summary>The most messages of a run to the mail addresses of one host: nobody can order a flood by many names.</summary>
    public const int MaxOfHost = 500;

    // Domains whose lookups fail are tried behind all others, some in each run.
    private const int MaxFailing = 10_000;
    private const int MaxRetried = 20;
    private const int Page = 100;
    private const string Owner = "report:dmarc";

    private readonly HashSet<ReportCountKey> _failing = [];

    /// <summary>Sends what is due.</summary>
    /// <exception cref="SpoolUnavailableException">The storage does not answer; the rest is sent by a later run.</exception>
    /// <exception cref="OperationCanceledException">The caller stops.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        // Rows that were counted before reports were switched off stay until they are on again.
        if (options.Value.From is null) return;
        var (before, after, sent) = (DayOf(time.GetUtcNow() - Delay), (ReportCountKey?)null, new Dictionary<string, int>());
        ReportCountKey[] again = [.. _failing.Take(MaxRetried)];
        while (true)
        {
            var page = await store.ListAsync(ReportCountKind.Dmarc, before, after, Page, cancellationToken);
            if (page.Count == 0) break;
            after = page[^1];
            foreach (var key in page.Where(key => !_failing.Contains(key))) await SendAsync(key, sent, cancellationToken);
        }

        foreach (var key in again) await SendAsync(key, sent, cancellationToken);
        if (sent.Count > 0) logger.DmarcReportsSent(sent.Values.Sum());
    }

    // Rows stay where a message could not be stored or a lookup failed.
    private async Task SendAsync(ReportCountKey key, Dictionary<string, int> sent, CancellationToken cancellationToken)
    {
        _failing.Remove(key);
        var rows = await store.ReadAsync(ReportCountKind.Dmarc, key, MaxRows, cancellationToken);
        var rules = options.Value;
        var isWanted = rules.From is not null && !rules.Except.Any(pattern => pattern.Matches(key.Subject));
        var groups = isWanted ? Policies(key, rows) : [];
        List<ReportCount> open = [];
        foreach (var group in groups)
        {
            // The lookups of the other policies of the domain would fail, too.
            if (open.Count > 0 || !await SendAsync(rules, key, group, sent, cancellationToken)) open.AddRange(group.Stored);
        }

        if (open.Count > 0 && _failing.Count < MaxFailing) _failing.Add(key);
        await store.DeleteAsync(ReportCountKind.Dmarc, [.. rows.Except(open)], cancellationToken);
    }

    private async Task<bool> SendAsync(
        DmarcReportOptions rules, ReportCountKey key, Policy policy, Dictionary<string, int> sent, CancellationToken cancellationToken)
    {
        var found = await FindAsync(key.Subject, policy.Record, cancellationToken);
        if (!found.IsComplete && key.Day >= DayOf(time.GetUtcNow() - Delay - Patience)) return false;
        if (found.Addresses.IsEmpty) return true;
        var report = DmarcReportMail.Report(rules, key, policy.Record, policy.Rows, generator);
        var document = DmarcReportWriter.Write(report, (int)rules.MaxSize.Bytes);
        foreach (var address in found.Addresses)
        {
            var host = address[(address.LastIndexOf('@') + 1)..];
            var count = sent.GetValueOrDefault(host);
            if (count == MaxOfHost) logger.DmarcReportsOfHost(host, MaxOfHost);
            sent[host] = count + 1;
            if (count < MaxOfHost && !await SubmitAsync(report, document, address, cancellationToken)) return false;
        }

        return true;
    }

    private async Task<DmarcReportDestinations> FindAsync(string domain, DmarcRecord record, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(LookupTime, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            return await addresses.FindAsync(domain, record, either.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return new DmarcReportDestinations([], false);
        }
    }

    // The policies of a domain in a day, those with the most messages first.
    private IEnumerable<Policy> Policies(ReportCountKey key, IReadOnlyList<ReportCount> rows)
    {
        var damaged = 0;
        var policies = new Dictionary<string, Policy>(StringComparer.Ordinal);
        foreach (var stored in rows)
        {
            if (!DmarcRowCodec.TryRead(stored.Data.Span, stored.Count, out var record, out var row))
            {
                damaged++;
                continue;
            }

            if (!policies.TryGetValue(record.Text, out var policy)) policies.Add(record.Text, policy = new Policy(record, [], []));
            policy.Rows.Add(row);
            policy.Stored.Add(stored);
        }

        if (damaged > 0) logger.DmarcRowsDamaged(damaged, key.Subject, key.Day);
        return policies.Values.OrderByDescending(policy => policy.Rows.Sum(row => row.Count)).Take(MaxPolicies);
    }

    private async Task<bool> SubmitAsync(
        DmarcReport report, DmarcReportDocument document, string address, CancellationToken cancellationToken)
    {
        if (!Mailbox.TryParse(address, out var recipient)) return true;
        // Mail of senders goes first.
        await submission().WaitForCapacityAsync(cancellationToken);
        var now = time.GetUtcNow();
        var content = DmarcReportMail.Write(report, document, address, now);
        var key = SHA256.HashData(Encoding.UTF8.GetBytes($"{report.Id} {address}"));
        var envelope = new MessageEnvelope { ReversePath = options.Value.From, Size = content.Length };
        var message = new Submission(MessageId.New(now), envelope, [recipient], content)
        {
            // Nobody waits for the report: a failure must not send a DSN to the address that sends reports.
            Requests = new Dictionary<Mailbox, DsnRequest> { [recipient] = new(NotifyOn.Never, "") },
            IsOwn = true,
            Key = new IdempotencyKey(Owner, Convert.ToHexStringLower(key), key),
        };
        var result = await submission().SubmitAsync(message, cancellationToken);
        if (result.Status is StoreStatus.Stored or StoreStatus.StoredBefore) return true;
        logger.DmarcReportNotStored(report.PolicyDomain, result.Status.ToString());
        return false;
    }

    private static DateOnly DayOf(DateTimeOffset time) => DateOnly.FromDateTime(time.UtcDateTime);

    private sealed record Policy(DmarcRecord Record, List<DmarcReportRow> Rows, List<ReportCount> Stored);
}
