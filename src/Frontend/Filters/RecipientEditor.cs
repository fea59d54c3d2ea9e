using System.Text;
using Postfleet.Contracts.Queueing;
using Postfleet.Contracts.Receiving;
using Postfleet.Core.Mail;
using Postfleet.Frontend.Protocol;
using Postfleet.Frontend.Recipients;

namespace Postfleet.Frontend.Filters;

/// <summary>The recipients of a message after the changes of a filter.</summary>
/// <param name="Verdict">Acceptance, or why the message cannot have these recipients.</param>
/// <param name="Recipients">The recipients; without meaning unless accepted.</param>
/// <param name="LeftOut">The added recipients that get nothing, with the reason.</param>
/// <param name="Expanded">The added recipients whose success is reported as their expansion.</param>
internal sealed record RecipientEdit(
    Verdict Verdict, IReadOnlyList<MessageRecipient> Recipients, IReadOnlyList<(Mailbox Named, Verdict Verdict)> LeftOut,
    IReadOnlyList<ExpandedRecipient> Expanded);

/// <summary>
/// Adds and removes recipients for a filter. A removed address takes with it all recipients that came from it alone: a filter knows an
/// alias, and the message has its targets. Used for one message. Pure.
/// </summary>
internal sealed class RecipientEditor
{
    // Estimate of an entry with its indexes.
    private const int ObjectsOfRecipient = 512;

    private static readonly Verdict TooMany = Verdict.Defer("452 4.5.3 Too many recipients");

    private readonly AddedRecipients _added;
    private readonly IMessageMemory _memory;
    private readonly string _service;
    private readonly int _most;
    private readonly List<Entry> _entries = [];
    private readonly Dictionary<string, Entry> _byAddress = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, List<Entry>> _byName = new(StringComparer.OrdinalIgnoreCase);
    private readonly List<(Mailbox, Verdict)> _leftOut = [];
    private readonly Dictionary<string, ExpandedRecipient> _expanded = new(StringComparer.OrdinalIgnoreCase);
    private int _count;

    private RecipientEditor(AddedRecipients added, string service, IReadOnlyList<MessageRecipient> recipients, IMessageMemory memory)
    {
        (_added, _service, _memory) = (added, service, memory);
        _most = Math.Max(added.MaxRecipients, recipients.Count);
        foreach (var recipient in recipients) Add(recipient.Mailbox, recipient.Request, recipient.Named ?? [recipient.Mailbox]);
    }

    /// <summary>Applies changes.</summary>
    /// <param name="added">What becomes of added recipients.</param>
    /// <param name="service">The service of the listener.</param>
    /// <param name="recipients">The recipients before.</param>
    /// <param name="changes">The recipients to add, with their parameters, and to remove.</param>
    /// <param name="memory">The memory of the message.</param>
    public static RecipientEdit Apply(
        AddedRecipients added, string service, IReadOnlyList<MessageRecipient> recipients,
        IReadOnlyList<(Mailbox Mailbox, string Parameters, bool IsAdded)> changes, IMessageMemory memory)
    {
        var editor = new RecipientEditor(added, service, recipients, memory);
        foreach (var (mailbox, parameters, isAdded) in changes)
        {
            if (!isAdded) editor.Remove(mailbox);
            else if (editor.Add(mailbox, RequestOf(parameters)) is { } verdict) return editor.End(verdict);
        }

        // Not before: a filter may add recipients first and remove others behind them.
        if (editor._count > editor._most) return editor.End(TooMany);
        // Not discarded: the filter has named a recipient, who would wait for the mail.
        if (editor._count == 0 && editor._leftOut is [(_, var refusal), ..]) return editor.End(refusal);
        var left = editor._entries.Where(entry => !entry.IsGone).Select(entry => entry.ToRecipient());
        return editor.End(Verdict.Accept, [.. left]);
    }

    private RecipientEdit End(Verdict verdict, params MessageRecipient[] recipients) =>
        new(verdict, recipients, _leftOut, [.. _expanded.Values]);

    // Unknown parameters have no effect: the recipient gets the mail in any case.
    private static DsnRequest RequestOf(string parameters) =>
        DsnParameters.TryParseRecipient(Encoding.Latin1.GetBytes(parameters), out var request, out _) ? request : DsnRequest.None;

    // The verdict that ends the changes; null for none.
    private Verdict? Add(Mailbox named, DsnRequest request)
    {
        if (_byAddress.TryGetValue(named.Address, out var present) && !present.IsGone) return null;
        var resolved = _added.Resolve(_service, named, request);
        // As Postfix, which defers mail whose aliases exceed its bounds.
        if (resolved.Verdict.Kind == VerdictKind.Defer) return resolved.Verdict;
        if (resolved.Verdict.Kind != VerdictKind.Accept) _leftOut.Add((named, resolved.Verdict));
        if (resolved.Expanded is { } expanded) _expanded.TryAdd(named.Address, expanded);
        foreach (var target in resolved.Targets)
        {
            if (!_memory.TryReserve(ObjectsOfRecipient)) return FilterVerdicts.NoMemory;
            Add(target, resolved.Request, [named]);
        }

        return null;
    }

    private void Add(Mailbox mailbox, DsnRequest request, IReadOnlyList<Mailbox> named)
    {
        if (!_byAddress.TryGetValue(mailbox.Address, out var entry) || entry.IsGone)
        {
            _entries.Add(entry = new Entry(mailbox, request));
            _byAddress[mailbox.Address] = entry;
            _count++;
        }

        foreach (var name in named)
        {
            if (!entry.Names.TryAdd(name.Address, name)) continue;
            if (!_byName.TryGetValue(name.Address, out var entries)) _byName.Add(name.Address, entries = []);
            entries.Add(entry);
        }
    }

    private void Remove(Mailbox mailbox)
    {
        _expanded.Remove(mailbox.Address);
        if (_byName.Remove(mailbox.Address, out var entries))
        {
            foreach (var entry in entries)
            {
                if (entry.IsGone || !entry.Names.Remove(mailbox.Address) || entry.Names.Count > 0) continue;
                entry.IsGone = true;
                _count--;
            }
        }
        else if (_byAddress.TryGetValue(mailbox.Address, out var entry) && !entry.IsGone)
        {
            // The address itself, which the filter did not see.
            entry.IsGone = true;
            _count--;
        }
    }

    private sealed class Entry(Mailbox mailbox, DsnRequest request)
    {
        public Dictionary<string, Mailbox> Names { get; } = new(StringComparer.OrdinalIgnoreCase);

        public bool IsGone { get; set; }

        public MessageRecipient ToRecipient() => new(mailbox, request)
        {
            Named = Names.Count == 1 && Names.ContainsKey(mailbox.Address) ? null : [.. Names.Values],
        };
    }
}
