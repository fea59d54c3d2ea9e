using System.Globalization;
using Microsoft.Extensions.Logging;
using Postfleet.Contracts.Receiving;
using Postfleet.Frontend.Common;
using Postfleet.Frontend.Options;
using Postfleet.Frontend.Rates;

namespace Postfleet.Frontend.Screening;

/// <summary>
/// Defers strangers who connect or send faster than a rate. Runs behind the access lists, whose allow entries spare mail this check, and
/// before the checks that ask the DNS or write rows. Attempts count, accepted or not, as in Postfix. Called by the session's machine; one
/// object serves all sessions.
/// </summary>
/// <param name="rates">The rates.</param>
/// <param name="logger">The module's log.</param>
/// <param name="budget">Limits the log lines.</param>
internal sealed class RateCheck(InboundRates rates, ILogger logger, LogBudget budget)
    : ISessionCheck<ConnectSubject>, ISessionCheck<RecipientSubject>
{
    /// <inheritdoc/>
    public string Name => "rates";

    /// <summary>Trouble must not keep mail away.</summary>
    public Verdict WhenFailed => Verdict.Accept;

    /// <inheritdoc/>
    public bool AppliesTo(ListenerProfile listener) => listener.Checks.HasFlag(ListenerChecks.Rates);

    /// <inheritdoc/>
    public Verdict? Judge(ConnectSubject subject)
    {
        if (!rates.CountsConnections || !StrangerFacts.IsStranger(subject.Session)) return Verdict.Accept;
        return rates.TryPass(rates.OfConnection(subject.Session.Client)) ? Verdict.Accept : null;
    }

    /// <inheritdoc/>
    public async ValueTask<Verdict> AskAsync(ConnectSubject subject, CancellationToken cancellationToken)
    {
        var refusal = await rates.TakeAsync(rates.OfConnection(subject.Session.Client), cancellationToken);
        return refusal is { } known ? Refuse(subject.Session, known) : Verdict.Accept;
    }

    /// <inheritdoc/>
    public Verdict? Judge(RecipientSubject subject)
    {
        if (!StrangerFacts.MayBeUnwanted(subject)) return Verdict.Accept;
        if (!rates.TryPass(UsesOf(subject))) return null;
        Note(subject.Session);
        return Verdict.Accept;
    }

    /// <inheritdoc/>
    public async ValueTask<Verdict> AskAsync(RecipientSubject subject, CancellationToken cancellationToken)
    {
        if (await rates.TakeAsync(UsesOf(subject), cancellationToken) is { } refusal) return Refuse(subject.Session, refusal);
        Note(subject.Session);
        return Verdict.Accept;
    }

    private List<RateUse> UsesOf(in RecipientSubject subject)
    {
        var session = subject.Session;
        var isFirst = StrangerFacts.Of(session).CountedMessage != ((ISmtpSession)session).Transactions;
        return rates.OfRecipient(session.Client, session.ReversePath, subject.Recipient, isFirst);
    }

    // The message counts once, with its first recipient that no rate defers.
    private static void Note(ISessionView session) => StrangerFacts.Of(session).CountedMessage = ((ISmtpSession)session).Transactions;

    private Verdict Refuse(ISessionView session, in RateRefusal refusal)
    {
        var (rule, text) = (refusal.Use.Window.Rule, refusal.Use.Text);
        FrontendMetrics.RateTaken(rule, "deferred");
        if (refusal.IsNews && budget.TryTake(logger))
            logger.RateReached(session.Client, refusal.Use.Window.Rate.ToString(), CountOf(rule), text, refusal.Wait);
        var seconds = Math.Max(Math.Ceiling(refusal.Wait.TotalSeconds), 1);
        var whose = rule.By switch
        {
            RateSubject.Network => $"from the network {text}",
            RateSubject.Sender => $"of senders at {text}",
            RateSubject.Recipient => $"to {text}",
            _ => $"from {text}",
        };
        var codes = rule.Count == RateCount.Connections ? "421 4.7.0" : "450 4.7.1";
        var reason = rule.Text.Length > 0 ? rule.Text : $"Too many {CountOf(rule)} {whose}";
        return Verdict.Defer(string.Create(CultureInfo.InvariantCulture, $"{codes} {reason}, please try again in {seconds:0} s"));
    }

    private static string CountOf(RateOptions rule) => rule.Count switch
    {
        RateCount.Connections => "connections",
        RateCount.Messages => "messages",
        _ => "recipients",
    };
}
