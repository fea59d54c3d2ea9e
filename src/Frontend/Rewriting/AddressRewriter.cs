using Postfleet.Core.Mail;
using Postfleet.Frontend.Options;
using Postfleet.Frontend.RecipientFiles;

namespace Postfleet.Frontend.Rewriting;

/// <summary>
/// Replaces addresses: first by the table, then by masquerading, as Postfix's <c>canonical_maps</c> and <c>masquerade_domains</c>. Each is
/// applied once. Immutable; shared by all sessions.
/// </summary>
/// <param name="table">The entries; null for none.</param>
/// <param name="rules">Section <c>Rewriting</c>.</param>
internal sealed class AddressRewriter(RecipientTable? table, RewritingOptions rules)
{
    private readonly HashSet<string> _exceptions = new(rules.MasqueradeExceptions, StringComparer.OrdinalIgnoreCase);

    /// <summary>Whether addresses of recipients, or those of senders, may change in the header.</summary>
    public bool Changes(bool isRecipient) => rules.Masquerade.Count > 0 || (table is not null && IsInScope(isRecipient));

    /// <summary>What replaces an address.</summary>
    /// <param name="address">The address.</param>
    /// <param name="isRecipient">Whether it is the address of a recipient.</param>
    /// <param name="isMasqueraded">Whether masquerading applies: not to recipients of the envelope, whose host must be found.</param>
    /// <returns>The replacement; the same object if nothing changes.</returns>
    public Mailbox Rewrite(Mailbox address, bool isRecipient, bool isMasqueraded)
    {
        var mapped = table is not null && IsInScope(isRecipient) ? Map(table, address) : address;
        return isMasqueraded ? Masquerade(mapped) : mapped;
    }

    private bool IsInScope(bool isRecipient) =>
        rules.Scope == RewritingScope.All || isRecipient == (rules.Scope == RewritingScope.Recipients);

    private static Mailbox Map(RecipientTable table, Mailbox address) => table.Find(address, null, out _) switch
    {
        { Kind: RecipientKind.Alias or RecipientKind.CatchAll, Targets: [var target] } => target,
        { Kind: RecipientKind.DomainAlias } entry => InDomain(address, entry.Domain.Value),
        _ => address,
    };

    private Mailbox Masquerade(Mailbox address)
    {
        var domain = address.Domain.Value;
        foreach (var parent in rules.Masquerade)
        {
            if (domain == parent) return address;
            if (!domain.EndsWith(parent, StringComparison.Ordinal) || domain[^(parent.Length + 1)] != '.') continue;
            return _exceptions.Contains(address.LocalPart) ? address : InDomain(address, parent);
        }

        return address;
    }

    // An address that would be too long stays.
    private static Mailbox InDomain(Mailbox address, string domain) =>
        Mailbox.TryParse($"{address.LocalPart}@{domain}", out var other) ? other : address;
}
