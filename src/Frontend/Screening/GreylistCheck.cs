using System.Globalization;
using Postfleet.Authentication.Spf;
using Postfleet.Contracts.Greylisting;
using Postfleet.Contracts.Receiving;
using Postfleet.Core.Greylisting;
using Postfleet.Dns;
using Postfleet.Frontend.Common;
using Postfleet.Frontend.Options;

namespace Postfleet.Frontend.Screening;

/// <summary>
/// Defers recipients of strangers whose network, sender domain and recipient were never seen together, since a mail server tries again and
/// much else does not. Mail that has passed SPF is not deferred, by option. While the storage cannot be used, mail passes. Runs last of the
/// checks of whether mail is wanted, since it alone writes rows. Called by the session's machine; one object serves all sessions.
/// </summary>
/// <param name="options">Section <c>Inbound:Greylisting</c>.</param>
/// <param name="greylist">What the cluster has seen.</param>
/// <param name="lookup">The resolver for SPF; null for none.</param>
/// <param name="hostname">The host name of this node.</param>
/// <param name="time">The clock.</param>
internal sealed class GreylistCheck(
    GreylistOptions options, IGreylist greylist, IDnsLookup? lookup, string hostname, TimeProvider time) : ISessionCheck<RecipientSubject>
{
    /// <summary>The time for SPF. A sender whose DNS takes longer has not passed.</summary>
    public static readonly TimeSpan SpfTime = TimeSpan.FromSeconds(10);

    /// <summary>The time for the storage. Mail passes when it is over.</summary>
    public static readonly TimeSpan StorageTime = TimeSpan.FromSeconds(3);

    private const string CheckName = "greylisting";

    private readonly GreylistRules _rules = new(options.Delay, options.Window, options.Life, options.Proofs);

    /// <inheritdoc/>
    public string Name => CheckName;

    /// <summary>Trouble must not keep mail away.</summary>
    public Verdict WhenFailed => Verdict.Accept;

    /// <inheritdoc/>
    public bool AppliesTo(ListenerProfile listener) => listener.Checks.HasFlag(ListenerChecks.Greylisting);

    /// <inheritdoc/>
    public Verdict? Judge(RecipientSubject subject)
    {
        if (!StrangerFacts.MayBeUnwanted(subject)) return Verdict.Accept;
        return greylist.TryMeet(TripletOf(subject)) is { } answer ? VerdictOf(answer) : null;
    }

    /// <inheritdoc/>
    public async ValueTask<Verdict> AskAsync(RecipientSubject subject, CancellationToken cancellationToken)
    {
        if (options.SkipSpfPass && await HasPassedSpfAsync(subject.Session, cancellationToken))
        {
            FrontendMetrics.Screened(CheckName, "allowed");
            return Verdict.Accept;
        }

        using var limit = new CancellationTokenSource(StorageTime, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            return VerdictOf(await greylist.MeetAsync(TripletOf(subject), _rules, either.Token));
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return VerdictOf(new GreylistAnswer(GreylistAnswerKind.Unknown, TimeSpan.Zero));
        }
    }

    private static GreylistTriplet TripletOf(in RecipientSubject subject) =>
        GreylistTriplet.Of(subject.Session.Client, subject.Session.ReversePath, subject.Recipient);

    private static Verdict VerdictOf(in GreylistAnswer answer)
    {
        FrontendMetrics.Screened(CheckName, answer.Kind switch
        {
            GreylistAnswerKind.Passed => "allowed",
            GreylistAnswerKind.Deferred => "deferred",
            _ => "unknown",
        });
        if (answer.Kind != GreylistAnswerKind.Deferred) return Verdict.Accept;
        var seconds = Math.Max(Math.Ceiling(answer.Wait.TotalSeconds), 1);
        return Verdict.Defer(string.Create(CultureInfo.InvariantCulture, $"451 4.7.1 Greylisted, please try again in {seconds:0} s"));
    }

    // Once for a sender: a session may have many recipients.
    private async ValueTask<bool> HasPassedSpfAsync(ISessionView session, CancellationToken cancellationToken)
    {
        if (lookup is null) return false;
        var facts = StrangerFacts.Of(session);
        var origin = (session.ClientName, session.ReversePath?.Address ?? "");
        if (facts.Spf is not { } known || known.Origin != origin)
            facts.Spf = known = (origin, await IsSpfPassAsync(session, lookup, cancellationToken));
        return known.HasPassed;
    }

    private async ValueTask<bool> IsSpfPassAsync(ISessionView session, IDnsLookup dns, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(SpfTime, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            var request = new SpfRequest(session.Client, session.ClientName, session.ReversePath?.Address ?? "", hostname);
            var outcome = await new SpfEvaluator(dns).CheckAsync(request, time.GetUtcNow(), either.Token);
            return outcome.Result == SpfResult.Pass;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return false;
        }
    }
}
