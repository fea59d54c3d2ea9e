using System.Collections.Immutable;
using Postfleet.Authentication.Dkim;
using Postfleet.Authentication.Dmarc;
using Postfleet.Authentication.Dmarc.Reports;
using Postfleet.Authentication.Inbound;
using Postfleet.Authentication.Spf;

namespace Postfleet.Frontend.Session;

/// <summary>Counts an inbound message for the reports to the domains of its authors. Called by <see cref="InboundCheck"/>.</summary>
internal static class DmarcCounting
{
    /// <summary>Counts a message.</summary>
    /// <param name="counts">Takes the rows.</param>
    /// <param name="found">The results.</param>
    /// <param name="applied">The policy that is applied to the message.</param>
    /// <param name="isBelieved">Whether a believed sealer saw the message pass.</param>
    public static void Count(IDmarcCounts counts, MessageAuthentication found, DmarcPolicy applied, bool isBelieved)
    {
        // A message without a decision would count as failed, although its author may have done everything right.
        if (found.IsUndecided || found.Origin is not { } origin || found.Dmarc is not { } dmarc) return;
        foreach (var author in dmarc.Authors)
        {
            if (author is not { Record: { AggregateReports.IsEmpty: false } record, PolicyDomain: { } domain }) continue;
            if (author.Result is not (DmarcResult.Pass or DmarcResult.Fail)) continue;
            var row = DmarcReportRow.Of(origin.Client, 1, author, applied) with
            {
                EnvelopeFrom = DomainOf(origin.ReversePath),
                Signatures = Signatures(found.Dkim),
                Spf = found.Spf is { Identity: SpfIdentity.MailFrom } spf ? new(spf.Domain, ReceivedSpf.Word(spf.Result)) : null,
            };
            if (isBelieved && row.Override is not null) row = row with { Override = "trusted_forwarder" };
            counts.Add(domain, record, row);
        }
    }

    private static string DomainOf(string reversePath) => reversePath[(reversePath.LastIndexOf('@') + 1)..];

    private static ImmutableArray<DmarcReportSignature> Signatures(ImmutableArray<DkimResult> results) =>
    [
        .. results.Where(result => result is { Domain: not null, Selector: not null })
            .Select(result => new DmarcReportSignature(result.Domain!.Value.Value, result.Selector!, result.ToMethodResult().Result)),
    ];
}
