using Postfleet.Contracts.Queueing;
using Postfleet.Contracts.Receiving;
using Postfleet.Core.Mail;
using Postfleet.Frontend.Intake;
using Postfleet.Frontend.Rewriting;

namespace Postfleet.Frontend.Recipients;

/// <summary>The addresses to which mail for a recipient goes that a filter adds.</summary>
/// <param name="Verdict">Acceptance, or why the recipient gets nothing.</param>
/// <param name="Targets">The addresses; empty without acceptance.</param>
/// <param name="Request">The DSN request for each of them.</param>
/// <param name="Expanded">The recipient, if its success is reported as its expansion; else null.</param>
internal readonly record struct AddedRecipient(
    Verdict Verdict, IReadOnlyList<Mailbox> Targets, DsnRequest Request, ExpandedRecipient? Expanded = null);

/// <summary>
/// Treats recipients that filters add as those of clients: rewriting, recipient files and routes apply. The relay rule does not, since the
/// filters are the operator's, and next hosts are not asked. Immutable; shared by all sessions; thread-safe.
/// </summary>
/// <param name="relay">The routes, and the postmaster.</param>
/// <param name="recipients">The recipients of the inbound domains; null where each is accepted.</param>
/// <param name="rewriter">The changes of addresses; null for none.</param>
/// <param name="maxRecipients">Most recipients of a message, unless the client named more.</param>
internal sealed class AddedRecipients(RelayPolicy relay, RecipientRules? recipients, Rewriter? rewriter, int maxRecipients)
{
    private static readonly Verdict NoPostmaster = Verdict.Refuse("550 5.1.1 There is no mailbox for the postmaster");

    /// <summary>Most recipients of a message, unless the client named more.</summary>
    public int MaxRecipients => maxRecipients;

    /// <summary>Finds the addresses of a recipient.</summary>
    /// <param name="service">The service of the listener, by which rewriting applies.</param>
    /// <param name="named">The recipient as the filter names it.</param>
    /// <param name="request">Its DSN request.</param>
    public AddedRecipient Resolve(string service, Mailbox named, DsnRequest request)
    {
        var original = request.OriginalRecipient;
        var isPostmaster = relay.IsPostmaster(named);
        var recipient = isPostmaster ? relay.PostmasterFor(isTrusted: true)
            : rewriter?.AppliesTo(service) == true ? rewriter.Recipient(named) : named;
        if (recipient is null) return new(NoPostmaster, [], request);
        if (!isPostmaster && recipient != named) request = RecipientRules.RequestFor(named, request);
        var expansion = recipients?.Expand(recipient, isPostmaster) ?? Expansion.Unchanged;
        var verdict = RecipientRules.VerdictOn(expansion);
        if (verdict.Kind != VerdictKind.Accept) return new(verdict, [], request);
        var isChanged = expansion.Result == ExpansionResult.Changed;
        var targets = isChanged ? expansion.Targets : [recipient];
        if (targets.Any(target => relay.Rejects(target.Domain))) return new(Session.RelayCheck.Rejected, [], request);
        if (!isChanged) return new(Verdict.Accept, targets, request);
        request = RecipientRules.RequestFor(recipient, request, targets.Count, out var isExpanded);
        return new(Verdict.Accept, targets, request, isExpanded ? new ExpandedRecipient(named, original) : null);
    }
}
