using Postfleet.Core.Mail;

namespace Postfleet.Frontend.Access;

/// <summary>
/// Finds the first entry for a mail address: the address, <c>local@</c>, its domain, <c>*.suffix</c> or <c>*</c>. Local parts are compared
/// without regard to case, as mailbox hosts do. Immutable after the last <see cref="Add"/>; a look-up allocates nothing.
/// </summary>
internal sealed class AddressTable
{
    private readonly Dictionary<string, int> _addresses = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, int> _locals = new(StringComparer.OrdinalIgnoreCase);
    private readonly NameTable _domains = new();
    private int _null = NameTable.None;
    private int _all = NameTable.None;

    /// <summary>Adds an entry. Numbers grow from call to call; of equal entries the first counts.</summary>
    public void Add(string value, int number)
    {
        if (value == AccessLine.NullSender) _null = Math.Min(_null, number);
        else if (value == "*") _all = Math.Min(_all, number);
        else if (value.EndsWith('@')) _locals.TryAdd(value[..^1], number);
        else if (value.Contains('@', StringComparison.Ordinal)) _addresses.TryAdd(value, number);
        else _domains.Add(value, number);
    }

    /// <summary>The least number of the entries for an address (null: the null reverse-path); <see cref="NameTable.None"/>.</summary>
    public int Find(Mailbox? address)
    {
        if (address is null) return Math.Min(_null, _all);
        var first = Math.Min(_all, _domains.Find(address.Domain.Value));
        if (_addresses.Count > 0 && _addresses.TryGetValue(address.Address, out var exact)) first = Math.Min(first, exact);
        if (_locals.Count > 0 && _locals.TryGetValue(address.LocalPart, out var local)) first = Math.Min(first, local);
        return first;
    }
}
