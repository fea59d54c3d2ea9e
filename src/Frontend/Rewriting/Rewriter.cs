using Postfleet.Contracts.Receiving;
using Postfleet.Core.Mail;
using Postfleet.Frontend.Options;
using Postfleet.Frontend.RecipientFiles;

namespace Postfleet.Frontend.Rewriting;

/// <summary>Section <c>Rewriting</c> in force: what changes in the mail of some listeners. Immutable; shared by all sessions.</summary>
internal sealed class Rewriter : IMailRewriting
{
    private readonly AddressRewriter _addresses;
    private readonly HeaderRewriter _header;
    private readonly IReadOnlyList<string> _services;

    /// <param name="rules">The section.</param>
    /// <param name="table">The entries of its files; null for none.</param>
    public Rewriter(RewritingOptions rules, RecipientTable? table)
    {
        _addresses = new AddressRewriter(table, rules);
        _header = new HeaderRewriter(_addresses, rules.Headers);
        _services = rules.Services;
    }

    /// <summary>Whether mail of a listener is rewritten.</summary>
    public bool AppliesTo(string service) => _services.Contains(service);

    /// <inheritdoc/>
    public Mailbox Recipient(Mailbox recipient) => _addresses.Rewrite(recipient, isRecipient: true, isMasqueraded: false);

    /// <inheritdoc/>
    public Mailbox? ReversePath(Mailbox? reversePath) =>
        reversePath is null ? null : _addresses.Rewrite(reversePath, isRecipient: false, isMasqueraded: true);

    /// <inheritdoc/>
    public MessageContent Content(MessageContent content, out int added) => _header.Apply(content, out added);
}
