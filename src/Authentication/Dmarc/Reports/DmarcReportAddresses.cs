using System.Collections.Immutable;
using Postfleet.Core.Mail;
using Postfleet.Dns;

namespace Postfleet.Authentication.Dmarc.Reports;

/// <summary>Where the reports about a domain may go.</summary>
/// <param name="Addresses">The mail addresses, in their order.</param>
/// <param name="IsComplete">Whether no lookup failed; otherwise a later search may find more.</param>
public sealed record DmarcReportDestinations(ImmutableArray<string> Addresses, bool IsComplete);

/// <summary>
/// Finds the mail addresses for reports about a domain. An address in another organizational domain must be confirmed there (RFC 9990,
/// section about external destinations), so that nobody orders reports for others. Thread-safe.
/// </summary>
public sealed class DmarcReportAddresses(IDnsLookup dns)
{
    /// <summary>The maximum number of addresses.</summary>
    public const int MaxAddresses = 5;

    private const string Scheme = "mailto:";

    /// <summary>Finds the addresses for aggregate reports.</summary>
    /// <param name="policyDomain">The domain that publishes the policy.</param>
    /// <param name="record">Its record.</param>
    /// <param name="cancellation">Ends the search.</param>
    /// <exception cref="OperationCanceledException">The caller gave up.</exception>
    public async ValueTask<DmarcReportDestinations> FindAsync(string policyDomain, DmarcRecord record, CancellationToken cancellation)
    {
        var found = ImmutableArray.CreateBuilder<string>();
        var isComplete = true;
        var walk = new DmarcTreeWalk(dns);
        foreach (var address in record.AggregateReports.Select(Address).OfType<string>().Distinct().Take(MaxAddresses))
        {
            var own = await walk.WalkAsync(policyDomain, cancellation);
            var other = await walk.WalkAsync(Host(address), cancellation);
            if (own.FailedName is not null || other.FailedName is not null) isComplete = false;
            else if (own.OrganizationalDomain == other.OrganizationalDomain) found.Add(address);
            else isComplete &= await ConfirmAsync(policyDomain, address, found, cancellation);
        }

        return new DmarcReportDestinations([.. found.Distinct().Take(MaxAddresses)], isComplete);
    }

    // False if the lookup failed.
    private async ValueTask<bool> ConfirmAsync(
        string policyDomain, string address, ImmutableArray<string>.Builder found, CancellationToken cancellation)
    {
        var host = Host(address);
        var answer = await dns.TextAsync($"{policyDomain}._report._dmarc.{host}", cancellation);
        if (answer.Status == DnsStatus.Failed) return false;
        DmarcRecord[] records = [.. answer.Records.Select(DmarcRecord.Parse).OfType<DmarcRecord>()];
        if (records.Length == 0) return true;
        // The host may name other addresses, of its own.
        string?[] others = [.. records.SelectMany(record => record.AggregateReports).Select(Address)];
        if (others.Length == 0) found.Add(address);
        else if (others.All(other => other is not null && Host(other) == host)) found.AddRange(others.OfType<string>());
        return true;
    }

    // The address of a mailto URI; null for other URIs, and for an address that cannot receive mail.
    private static string? Address(string uri)
    {
        if (!uri.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)) return null;
        var text = Uri.UnescapeDataString(uri[Scheme.Length..].Split('?')[0]);
        var at = text.LastIndexOf('@');
        if (at <= 0 || !DomainName.TryParse(text[(at + 1)..], out var host) || host.IsAddressLiteral) return null;
        var address = $"{text[..at]}@{host.Value}";
        return Mailbox.TryParse(address, out _) ? address : null;
    }

    private static string Host(string address) => address[(address.LastIndexOf('@') + 1)..];
}
