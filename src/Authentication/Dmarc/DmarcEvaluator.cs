using Postfleet.Dns;

namespace Postfleet.Authentication.Dmarc;

/// <summary>
/// Evaluates DMARC (RFC 9989), with the tree walk and without a list of public suffixes. Lookups are bounded: at most 8 for each author
/// domain and for each domain that passed SPF or DKIM (at most 11), and one for the existence of an author domain; each name is looked up
/// once. Thread-safe; called by the SMTP server and by tools.
/// </summary>
public sealed class DmarcEvaluator(IDnsLookup dns)
{
    /// <summary>The maximum number of author domains that are evaluated.</summary>
    public const int MaxAuthors = 5;

    /// <summary>Evaluates a message. An error of DNS is a result.</summary>
    /// <param name="request">The author domains and the results of SPF and DKIM.</param>
    /// <param name="cancellation">Ends the evaluation; the caller bounds its time.</param>
    /// <exception cref="OperationCanceledException">The caller gave up.</exception>
    public async ValueTask<DmarcEvaluation> EvaluateAsync(DmarcRequest request, CancellationToken cancellation)
    {
        var check = new DmarcCheck(dns, request);
        var outcomes = new List<DmarcOutcome>();
        foreach (var author in request.Authors.Distinct().Take(MaxAuthors)) outcomes.Add(await check.EvaluateAsync(author, cancellation));
        // RFC 9989 section 11.5: the strictest policy of those that fail.
        if (outcomes.Where(outcome => outcome.Result == DmarcResult.Fail).MaxBy(outcome => outcome.Policy) is { } worst)
            return new DmarcEvaluation(DmarcResult.Fail, worst.Policy, worst.Reason, outcomes);
        if (outcomes.Find(outcome => outcome.Result == DmarcResult.TempError) is { } failed)
            return new DmarcEvaluation(DmarcResult.TempError, DmarcPolicy.None, failed.Reason, outcomes);
        if (outcomes.Count == 0)
            return new DmarcEvaluation(DmarcResult.PermError, DmarcPolicy.None, "From has no readable author domain", outcomes);
        if (!request.AreAuthorsComplete || request.Authors.Distinct().Count() > MaxAuthors)
            return new DmarcEvaluation(DmarcResult.PermError, DmarcPolicy.None, "not all author domains could be evaluated", outcomes);
        var least = outcomes.Find(outcome => outcome.Result == DmarcResult.None) ?? outcomes[0];
        return new DmarcEvaluation(least.Result, DmarcPolicy.None, least.Reason, outcomes);
    }
}
