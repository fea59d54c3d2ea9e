using Microsoft.Extensions.Logging;
using Postfleet.Contracts.Receiving;
using Postfleet.Dns;
using Postfleet.Frontend.Access;
using Postfleet.Frontend.Common;

namespace Postfleet.Frontend.Screening;

/// <summary>
/// Applies the access lists to the recipients of strangers. A deny entry refuses the recipient; an allow entry spares it the later checks
/// of whether mail is wanted. Runs behind the relay rule, which no entry changes. Called by the session's machine; one object serves all
/// sessions.
/// </summary>
/// <param name="files">The access lists.</param>
/// <param name="lookup">The resolver; null where there is none.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">The module's log.</param>
/// <param name="budget">Limits the log lines.</param>
internal sealed class AccessCheck(AccessFiles files, IDnsLookup? lookup, TimeProvider time, ILogger logger, LogBudget budget)
    : ISessionCheck<RecipientSubject>
{
    /// <inheritdoc/>
    public string Name => "access lists";

    /// <inheritdoc/>
    public bool AppliesTo(ListenerProfile listener) => listener.Checks.HasFlag(ListenerChecks.Access);

    /// <inheritdoc/>
    public Verdict? Judge(RecipientSubject subject)
    {
        var session = subject.Session;
        if (!StrangerFacts.IsStranger(session)) return Verdict.Accept;
        var facts = StrangerFacts.Of(session);
        var entry = files.Current.Find(session.Client, session.ClientName, session.ReversePath, subject.Recipient, out var needsName);
        if (!needsName || lookup is null) return Apply(facts, subject, entry);
        return facts.DnsName is { } name ? Apply(facts, subject, name) : null;
    }

    /// <inheritdoc/>
    public async ValueTask<Verdict> AskAsync(RecipientSubject subject, CancellationToken cancellationToken)
    {
        var facts = StrangerFacts.Of(subject.Session);
        facts.DnsName = await ReverseName.FindAsync(subject.Session.Client, lookup!, time, cancellationToken);
        return Apply(facts, subject, facts.DnsName);
    }

    private Verdict Apply(StrangerFacts facts, in RecipientSubject subject, string name)
    {
        var session = subject.Session;
        return Apply(
            facts, subject,
            files.Current.FindWithName(name, session.Client, session.ClientName, session.ReversePath, subject.Recipient));
    }

    private Verdict Apply(StrangerFacts facts, in RecipientSubject subject, AccessEntry? entry)
    {
        facts.IsWelcome = entry is { IsAllow: true };
        if (entry is null) return Verdict.Accept;
        FrontendMetrics.Screened("access", entry.IsAllow ? "allowed" : "refused");
        if (!entry.IsAllow && budget.TryTake(logger))
        {
            var session = subject.Session;
            logger.AccessDenied(session.Client, session.ReversePath?.Address ?? "<>", subject.Recipient.Address, entry.File, entry.Line);
        }

        return entry.Verdict;
    }
}
