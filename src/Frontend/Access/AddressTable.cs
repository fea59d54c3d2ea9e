using Postfleet.Core.Mail;
using Postfleet.Frontend.RecipientFiles;

namespace Postfleet.Frontend.Access;

/// <summary>
/// Finds the first entry for a mail address: the address, <c>local@</c>, its domain, <c>*.suffix</c> or <c>*</c>. Local parts are compared
/// without regard to case and to quotes, as mailbox hosts do (RFC 5321 section 4.1.2): otherwise a client would pass an entry by quoting.
/// Immutable after the last <see cref="Add"/>; a look-up allocates nothing.
/// </summary>
internal sealed class AddressTable
{
    private readonly Dictionary<string, int> _addresses = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _locals = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> _byAddress;
    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> _byLocal;
    private readonly NameTable _domains = new();
    private int _null = NameTable.None;
    private int _all = NameTable.None;

    /// <summary>Creates an empty table.</summary>
    public AddressTable()
    {
        _byAddress = _addresses.GetAlternateLookup<ReadOnlySpan<char>>();
        _byLocal = _locals.GetAlternateLookup<ReadOnlySpan<char>>();
    }

    /// <summary>Adds an entry. Numbers grow from call to call; of equal entries the first counts.</summary>
    public void Add(string value, int number)
    {
        if (value == AccessLine.NullSender) _null = Math.Min(_null, number);
        else if (value == "*") _all = Math.Min(_all, number);
        else if (value.EndsWith('@')) _locals.TryAdd(LocalKey(value), number);
        else if (value.Contains('@', StringComparison.Ordinal)) _addresses.TryAdd(AddressKey.Of(Mailbox.Parse(value)), number);
        else _domains.Add(value, number);
    }

    /// <summary>The least number of the entries for an address (null: the null reverse-path); <see cref="NameTable.None"/>.</summary>
    public int Find(Mailbox? address)
    {
        if (address is null) return Math.Min(_null, _all);
        var first = Math.Min(_all, _domains.Find(address.Domain.Value));
        if (_addresses.Count == 0 && _locals.Count == 0) return first;
        Span<char> text = stackalloc char[AddressKey.MaxLength];
        ReadOnlySpan<char> key = text[..AddressKey.Write(address, text, out var at)];
        if (_byAddress.TryGetValue(key, out var exact)) first = Math.Min(first, exact);
        if (_byLocal.TryGetValue(key[..at], out var local)) first = Math.Min(first, local);
        return first;
    }

    // The key of a local part, from an entry such as postmaster@.
    private static string LocalKey(string value)
    {
        Span<char> key = stackalloc char[AddressKey.MaxLength];
        AddressKey.Write(Mailbox.Parse($"{value}a.test"), key, out var at);
        return key[..at].ToString();
    }
}
