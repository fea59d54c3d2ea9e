using Postfleet.Core.Mail;
using Postfleet.Frontend.Intake;
using Postfleet.Frontend.RecipientFiles;

namespace Postfleet.Frontend.Recipients;

/// <summary>
/// Expands a recipient by the entries of the recipient files, recursively and within bounds. An address that is met again below itself
/// stands for itself, so an alias may keep a copy by naming itself, and loops end. Addresses outside of the inbound domains, and targets
/// without an entry, are final. Used for one recipient. Pure.
/// </summary>
/// <param name="table">The entries.</param>
/// <param name="domains">The inbound domains.</param>
/// <param name="delimiter">The character before a detail; null for no details.</param>
internal sealed class RecipientExpander(RecipientTable table, DomainSet domains, char? delimiter)
{
    /// <summary>Most addresses for which a recipient stands, as Postfix's <c>virtual_alias_expansion_limit</c>.</summary>
    public const int MaxTargets = RecipientEntry.MaxTargets;

    /// <summary>Most aliases below each other.</summary>
    public const int MaxDepth = 50;

    /// <summary>Most addresses that are looked up for a recipient.</summary>
    public const int MaxLookups = 5000;

    private readonly List<RecipientEntry> _path = [];
    private readonly HashSet<string> _expanded = new(StringComparer.Ordinal);
    private readonly HashSet<string> _known = new(StringComparer.Ordinal);
    private readonly List<Mailbox> _targets = [];
    private Mailbox? _open;
    private int _lookups;
    private bool _isTooLarge;

    /// <summary>Expands a recipient of the inbound domains.</summary>
    public static Expansion Expand(RecipientTable table, DomainSet domains, char? delimiter, Mailbox recipient) =>
        table.Find(recipient, delimiter, out _) switch
        {
            null => Expansion.Unknown,
            { Kind: RecipientKind.Mailbox } => Expansion.Unchanged,
            { Kind: RecipientKind.OpenDomain } => Expansion.Unchanged with { Open = recipient },
            _ => new RecipientExpander(table, domains, delimiter).Run(recipient),
        };

    private Expansion Run(Mailbox recipient)
    {
        Visit(recipient, isNamed: false);
        return _isTooLarge ? new Expansion(ExpansionResult.TooLarge, [])
            : _targets is [var only] && only == recipient ? Expansion.Unchanged
            : _targets.Count == 0 ? Expansion.Unknown : Expansion.To(_targets) with { Open = _open };
    }

    // A target that the files name is accepted as it is; an address that follows from a domain alias needs an entry.
    private void Visit(Mailbox address, bool isNamed)
    {
        if (_isTooLarge) return;
        _isTooLarge = ++_lookups > MaxLookups || _path.Count >= MaxDepth;
        var entry = domains.Contains(address.Domain) ? table.Find(address, delimiter, out var detailAt) : Final(out detailAt);
        if (entry is null || _path.Contains(entry))
        {
            if (isNamed || entry?.Kind == RecipientKind.Alias) Add(address);
            return;
        }

        // A target that the files name needs no further proof.
        if (entry.Kind == RecipientKind.OpenDomain && !isNamed) _open = address;
        if (entry.Kind is RecipientKind.Mailbox or RecipientKind.OpenDomain) Add(address);
        else if (_expanded.Add(AddressKey.Of(address))) VisitTargets(address, entry, detailAt);
    }

    private static RecipientEntry Final(out int detailAt)
    {
        detailAt = -1;
        return RecipientEntry.Mailbox;
    }

    private void VisitTargets(Mailbox address, RecipientEntry entry, int detailAt)
    {
        _path.Add(entry);
        if (entry.Kind == RecipientKind.DomainAlias)
        {
            if (Mailbox.TryParse($"{address.LocalPart}@{entry.Domain.Value}", out var other)) Visit(other, isNamed: false);
        }
        else
        {
            // The detail is kept, as by Postfix's propagate_unmatched_extensions.
            var detail = detailAt >= 0 ? AddressKey.Behind(address, detailAt) : null;
            foreach (var target in entry.Targets) Visit(detail is null ? target : WithDetail(target, detail), isNamed: true);
        }

        _path.RemoveAt(_path.Count - 1);
    }

    // A detail that makes the address too long is left out.
    private Mailbox WithDetail(Mailbox target, string detail) =>
        AddressKey.TryAppend(target, delimiter.GetValueOrDefault(), detail, out var full) ? full : target;

    private void Add(Mailbox address)
    {
        if (!_known.Add(AddressKey.Of(address))) return;
        _targets.Add(address);
        _isTooLarge |= _targets.Count > MaxTargets;
    }
}
