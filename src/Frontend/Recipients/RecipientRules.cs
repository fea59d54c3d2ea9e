using Postfleet.Contracts.Receiving;
using Postfleet.Core.Mail;
using Postfleet.Frontend.Intake;
using Postfleet.Frontend.Options;
using Postfleet.Frontend.RecipientFiles;

namespace Postfleet.Frontend.Recipients;

/// <summary>
/// The recipients of the inbound domains: which exist, and for which addresses they stand. Recipients of other domains stand for
/// themselves. Thread-safe.
/// </summary>
/// <param name="table">Gives the present entries of the recipient files; null without files, when all addresses are open.</param>
/// <param name="inbound">Section <c>Inbound</c>.</param>
/// <param name="relay">The relay policy, for the postmaster.</param>
/// <param name="callout">Asks the next hosts about open addresses; null for no questions.</param>
internal sealed class RecipientRules(
    Func<RecipientTable>? table, InboundOptions inbound, RelayPolicy relay, ICallout? callout = null)
{
    public static readonly Verdict Unknown = Verdict.Refuse("550 5.1.1 No such user here");

    // As Postfix, which defers mail whose aliases exceed its bounds: the operator can repair the files.
    private static readonly Verdict TooLarge = Verdict.Defer("451 4.3.5 The aliases of this address exceed the bounds");

    private readonly DomainSet _domains = new(inbound.Domains);
    private readonly char? _delimiter = inbound.RecipientDelimiter is [var c] ? c : null;

    /// <summary>Asks the next hosts about open addresses; null for no questions.</summary>
    public ICallout? Callout => callout;

    /// <summary>Section <c>Inbound</c>.</summary>
    public InboundOptions Inbound => inbound;

    /// <summary>Whether a domain is one of the inbound domains.</summary>
    public bool IsInbound(DomainName domain) => _domains.Contains(domain);

    /// <summary>Expands a recipient of a client.</summary>
    public Expansion Expand(in RecipientSubject subject) => Expand(subject.Recipient, subject.IsPostmaster);

    /// <summary>Expands a recipient.</summary>
    /// <param name="recipient">The recipient.</param>
    /// <param name="isPostmaster">Whether it is the mailbox of this host's postmaster, which exists in any case.</param>
    public Expansion Expand(Mailbox recipient, bool isPostmaster)
    {
        if (!_domains.Contains(recipient.Domain)) return Expansion.Unchanged;
        var expansion = table is null ? Expansion.Unchanged with { Open = recipient }
            : RecipientExpander.Expand(table(), _domains, _delimiter, recipient);
        // RFC 5321 section 4.5.1 and RFC 2142 section 4: these addresses exist in every domain.
        if (isPostmaster || IsRole(recipient.LocalPart)) expansion = expansion with { Open = null };
        if (expansion.Result != ExpansionResult.Unknown) return expansion;
        if (isPostmaster) return Expansion.Unchanged;
        return IsRole(recipient.LocalPart) ? ExpandRole(recipient) : expansion;
    }

    // No entry names the address. An alias domain has the postmaster of the other domain.
    private Expansion ExpandRole(Mailbox recipient)
    {
        var entries = table!();
        var address = Mailbox.TryParse($"{recipient.LocalPart}@{entries.EndOf(recipient.Domain).Value}", out var end) ? end : recipient;
        var target = relay.PostmasterOf(address) ?? address;
        if (target == recipient) return Expansion.Unchanged;
        // The configured postmaster may be an alias itself.
        var found = _domains.Contains(target.Domain)
            ? RecipientExpander.Expand(entries, _domains, _delimiter, target) : Expansion.Unchanged;
        return found.Result is ExpansionResult.Changed or ExpansionResult.TooLarge ? found with { Open = null } : Expansion.To([target]);
    }

    /// <summary>The verdict on an expanded recipient.</summary>
    public static Verdict VerdictOn(in Expansion expansion) => expansion.Result switch
    {
        ExpansionResult.Unknown => Unknown,
        ExpansionResult.TooLarge => TooLarge,
        _ => Verdict.Accept,
    };

    /// <summary>
    /// The DSN request for the addresses for which a recipient stands: that of the recipient, whose address is the original one if the
    /// client gave none (RFC 3461 section 5.2.7).
    /// </summary>
    public static DsnRequest RequestFor(Mailbox recipient, DsnRequest request) => request.Instead(recipient);

    /// <summary>
    /// The DSN request for the addresses for which a recipient stands, where their success is reported once, as the expansion of the
    /// recipient: the third way of RFC 3461 section 5.2.7.3.
    /// </summary>
    /// <param name="recipient">The recipient.</param>
    /// <param name="request">The request for it.</param>
    /// <param name="targets">The number of addresses.</param>
    /// <param name="isExpanded">Whether the expansion is to be reported.</param>
    public static DsnRequest RequestFor(Mailbox recipient, DsnRequest request, int targets, out bool isExpanded)
    {
        request = RequestFor(recipient, request);
        isExpanded = targets > 1 && request.Wants(NotifyOn.Success);
        if (!isExpanded) return request;
        return request with { Notify = request.Notify == NotifyOn.Success ? NotifyOn.Never : request.Notify & ~NotifyOn.Success };
    }

    private static bool IsRole(string localPart) =>
        localPart.Equals("postmaster", StringComparison.OrdinalIgnoreCase) || localPart.Equals("abuse", StringComparison.OrdinalIgnoreCase);
}
