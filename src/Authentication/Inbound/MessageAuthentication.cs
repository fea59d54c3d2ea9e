using System.Collections.Immutable;
using Postfleet.Authentication.Arc;
using Postfleet.Authentication.Dkim;
using Postfleet.Authentication.Dmarc;
using Postfleet.Authentication.Results;
using Postfleet.Authentication.Spf;
using Postfleet.Core.Mail;

namespace Postfleet.Authentication.Inbound;

/// <summary>The results for a message.</summary>
/// <param name="Spf">The result of SPF; null for a message of unknown origin.</param>
/// <param name="Origin">The client and its envelope; null if unknown.</param>
/// <param name="Dkim">A result for each DKIM signature.</param>
/// <param name="Arc">The result of ARC.</param>
public sealed record MessageAuthentication(
    SpfOutcome? Spf, SpfRequest? Origin, ImmutableArray<DkimResult> Dkim, ArcResult Arc)
{
    /// <summary>When the message was checked.</summary>
    public DateTimeOffset At { get; init; }

    /// <summary>The result of DMARC; null before its evaluation.</summary>
    public DmarcEvaluation? Dmarc { get; init; }

    /// <summary>
    /// Whether the result of DMARC could be another one with DNS answers that did not come: of DMARC itself, or of SPF and DKIM for a
    /// message that fails. Such a message must not be refused.
    /// </summary>
    public bool IsUndecided => Dmarc?.Result == DmarcResult.TempError
        || (Dmarc?.Result == DmarcResult.Fail
            && (Spf?.Result == SpfResult.TempError || Dkim.Any(signature => signature.Status == DkimStatus.TempError)));

    /// <summary>
    /// Whether a believed sealer saw the message pass DMARC. All later sealers must be believed too: anybody can add a set to a chain, over
    /// changed content.
    /// </summary>
    /// <param name="isBelieved">Whether the word of a sealer counts.</param>
    public bool HasPassedBefore(Func<DomainName, bool> isBelieved) =>
        Arc.Status == ArcStatus.Pass && Arc.Sets.Reverse().TakeWhile(set => isBelieved(set.Domain)).Any(set =>
            set.Results?.Results.Any(result => result is { Method: "dmarc", Result: "pass" }) == true);

    /// <summary>The results as they stand in an Authentication-Results field (RFC 8601), in the order of evaluation.</summary>
    /// <param name="disposition">The policy of DMARC that is applied to the message.</param>
    public IEnumerable<MethodResult> ToMethodResults(DmarcPolicy disposition = DmarcPolicy.None)
    {
        if (Spf is not null && Origin is not null)
        {
            var isHelo = Spf.Identity == SpfIdentity.Helo;
            yield return MethodResults.Spf(
                ReceivedSpf.Word(Spf.Result), isHelo ? null : Origin.ReversePath, isHelo ? Origin.Helo : null, Spf.Problem ?? "");
        }

        if (Dkim.IsEmpty) yield return MethodResults.NoDkim;
        foreach (var signature in Dkim) yield return signature.ToMethodResult();
        if (Arc.Status != ArcStatus.None) yield return Arc.ToMethodResult();
        if (Dmarc is not null) yield return ResultOf(Dmarc, disposition);
    }

    private MethodResult ResultOf(DmarcEvaluation dmarc, DmarcPolicy disposition)
    {
        // The author domain that decides; with several authors, the first with the result.
        var outcome = dmarc.Authors.FirstOrDefault(author => author.Result == dmarc.Result && author.Policy == dmarc.Policy)
            ?? (dmarc.Authors is [var first, ..] ? first : null);
        var isFailed = dmarc.Result is DmarcResult.Fail or DmarcResult.TempError or DmarcResult.PermError;
        string[] comments =
        [
            .. outcome is { PolicyTag: { } tag } ? new[] { $"{tag}={DmarcWords.Of(outcome.PublishedPolicy)}" } : [],
            .. disposition != DmarcPolicy.None ? new[] { $"dis={DmarcWords.Of(disposition)}" } : [],
        ];
        var result = IsUndecided ? DmarcResult.TempError : dmarc.Result;
        return MethodResults.Dmarc(
            DmarcWords.Of(result), outcome?.Author, string.Join(' ', comments), isFailed ? dmarc.Reason : "");
    }
}
