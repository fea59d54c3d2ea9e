using Postfleet.Authentication.Dmarc;
using Postfleet.Authentication.Inbound;
using Postfleet.Authentication.Results;
using Postfleet.Authentication.Spf;
using Postfleet.Contracts.Receiving;
using Postfleet.Frontend.Common;
using Postfleet.Frontend.Options;
using Postfleet.Frontend.Protocol;

namespace Postfleet.Frontend.Session;

/// <summary>
/// Finds out who a message is from: SPF, DKIM, ARC and DMARC, on listeners for inbound mail. The results stand in an
/// Authentication-Results field above the message (RFC 8601). Runs when the content is complete; one object serves all sessions of a
/// listener.
/// </summary>
/// <param name="inbound">The services of inbound mail.</param>
/// <param name="seal">Seals the message later; null for no seals.</param>
internal sealed class InboundCheck(InboundServices inbound, ArcSealCheck? seal = null) : ISessionCheck<DataSubject>
{
    // The hashes and signatures are calculated after the last lookup.
    private static readonly TimeSpan Margin = TimeSpan.FromSeconds(10);

    private static readonly Verdict Unanswered =
        Verdict.Defer("451 4.4.3 The sender cannot be checked now, because the DNS does not answer");

    private readonly MessageAuthenticator _authenticator = new(inbound.Lookup, inbound.Time);

    /// <inheritdoc/>
    public string Name => "inbound authentication";

    /// <inheritdoc/>
    public TimeSpan Budget => inbound.Rules.CheckTime + Margin;

    /// <summary>A check that fails must not keep mail away; the message then has no results.</summary>
    public Verdict WhenFailed => Verdict.Accept;

    /// <inheritdoc/>
    public Verdict? Judge(DataSubject subject) => null;

    /// <inheritdoc/>
    public async ValueTask<Verdict> AskAsync(DataSubject subject, CancellationToken cancellationToken)
    {
        var session = subject.Session;
        var origin = new SpfRequest(session.Client, session.ClientName, session.ReversePath?.Address ?? "", inbound.Hostname);
        var note = session is ISmtpSession smtp ? seal?.Begin(smtp) : null;
        var found = await _authenticator.CheckAsync(subject.Content.Octets, origin, inbound.Rules.CheckTime, cancellationToken);
        var disposition = DispositionOf(found);
        var results = found.ToMethodResults(disposition).ToList();
        foreach (var result in results) FrontendMetrics.Authenticated(result.Method, result.Result);
        if (inbound.Counts is { IsOn: true } counts) DmarcCounting.Count(counts, found, disposition, IsBelieved(found));
        if (found.IsUndecided && inbound.Rules.OnDnsFailure == DnsFailureHandling.Defer) return Unanswered;
        if (disposition == DmarcPolicy.Reject) return Verdict.Refuse($"550 5.7.26 {Failed(found)}, and its policy is to reject it");
        note?.Invoke(found, [.. results.Select(AuthenticationResultsWriter.Text)]);
        var verdict = With(Verdict.Accept, AuthenticationResultsWriter.Write(inbound.AuthservId, results));
        if (inbound.Rules.ReceivedSpf && found.Spf is { } spf) verdict = With(verdict, ReceivedSpf.Write(spf, origin));
        return disposition == DmarcPolicy.Quarantine ? verdict.With(QuarantineHeader.FieldName, "dmarc") : verdict;
    }

    private static string Failed(MessageAuthentication found) =>
        $"The message is not authenticated by {found.Dmarc!.Authors.First(author => author.Policy == found.Dmarc.Policy).Author} (DMARC)";

    private bool IsBelieved(MessageAuthentication found) => found.HasPassedBefore(inbound.TrustedSealers.Contains);

    // The policy that is applied. RFC 9989 section 7.4: without knowledge of its own, a receiver treats reject as quarantine. Where not
    // all authors can be read, the policy of one may be unknown: otherwise a forger would only have to break From.
    private DmarcPolicy DispositionOf(MessageAuthentication found)
    {
        var policy = found.IsUndecided ? DmarcPolicy.None
            : found.Dmarc!.Result == DmarcResult.PermError ? DmarcPolicy.Quarantine : found.Dmarc.Policy;
        if (policy == DmarcPolicy.None || IsBelieved(found)) return DmarcPolicy.None;
        return inbound.Rules.Dmarc switch
        {
            DmarcHandling.None => DmarcPolicy.None,
            DmarcHandling.Quarantine => DmarcPolicy.Quarantine,
            _ => policy,
        };
    }

    // Adds a whole field, which ends with its line end.
    private static Verdict With(Verdict verdict, string field)
    {
        var colon = field.IndexOf(':', StringComparison.Ordinal);
        return verdict.With(field[..colon], field[(colon + 2)..^2]);
    }
}
