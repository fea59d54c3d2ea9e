using Postfleet.Core.Mail;

namespace Postfleet.Frontend.Session;

/// <summary>
/// By which addresses a client has named the recipients of a transaction, where these are targets of an alias: filters know the alias
/// alone. Without aliases there is nothing in it. Owned by the transaction.
/// </summary>
internal sealed class RecipientNames
{
    private Dictionary<string, List<Mailbox>>? _names;

    // A name that is repeated adds nothing.
    private HashSet<string>? _known;

    /// <summary>The addresses for a recipient; null where the recipient alone was named.</summary>
    public IReadOnlyList<Mailbox>? Of(Mailbox recipient) => _names?.GetValueOrDefault(recipient.Address);

    /// <summary>The client has named a recipient that stands for itself.</summary>
    public void Add(Mailbox recipient)
    {
        if (_names?.TryGetValue(recipient.Address, out var names) == true && _known!.Add(recipient.Address)) names.Add(recipient);
    }

    /// <summary>The client has named an alias.</summary>
    /// <param name="alias">The alias.</param>
    /// <param name="targets">The addresses for which it stands, each once.</param>
    /// <param name="present">The addresses of the recipients before.</param>
    public void Add(Mailbox alias, IReadOnlyList<Mailbox> targets, HashSet<string> present)
    {
        _names ??= new Dictionary<string, List<Mailbox>>(StringComparer.Ordinal);
        _known ??= new HashSet<string>(StringComparer.Ordinal);
        if (!_known.Add(alias.Address)) return;
        foreach (var target in targets)
        {
            if (_names.TryGetValue(target.Address, out var names)) names.Add(alias);
            // A recipient without a name here was named by itself.
            else _names.Add(target.Address, present.Contains(target.Address) ? [target, alias] : [alias]);
        }
    }

    /// <summary>Forgets all names.</summary>
    public void Clear()
    {
        _names = null;
        _known = null;
    }
}
