using Postfleet.Core.Mail;

namespace Postfleet.Frontend.RecipientFiles;

/// <summary>
/// The entries of the recipient files. A lookup allocates nothing. The order is that of Postfix: the address with its detail, the address
/// without it, the domain. Immutable; shared by all sessions.
/// </summary>
/// <param name="entries">The entries by address key, and for domains by <c>@</c> and the domain.</param>
internal sealed class RecipientTable(Dictionary<string, RecipientEntry> entries)
{
    private readonly Dictionary<string, RecipientEntry>.AlternateLookup<ReadOnlySpan<char>> _entries =
        entries.GetAlternateLookup<ReadOnlySpan<char>>();

    // Ends a circle.
    private const int MaxAliasDomains = 50;

    /// <summary>The number of entries.</summary>
    public int Count => entries.Count;

    /// <summary>The addresses and domains with an entry.</summary>
    public IEnumerable<string> Keys => entries.Keys;

    /// <summary>The entry of one of the <see cref="Keys"/>.</summary>
    public RecipientEntry Entry(string key) => entries[key];

    /// <summary>The domain at the end of alias domains that begin with a domain; the domain itself where it is none.</summary>
    public DomainName EndOf(DomainName domain)
    {
        for (var i = 0; i < MaxAliasDomains; i++)
        {
            if (!entries.TryGetValue($"@{domain.Value}", out var entry) || entry.Kind != RecipientKind.DomainAlias) break;
            domain = entry.Domain;
        }

        return domain;
    }

    /// <summary>Finds the entry of an address.</summary>
    /// <param name="address">The address.</param>
    /// <param name="delimiter">The character before a detail; null for no details.</param>
    /// <param name="detailAt">The index of the delimiter in the key if the entry is that of the address without the detail, else -1.
    /// </param>
    /// <returns>The entry; null for none.</returns>
    public RecipientEntry? Find(Mailbox address, char? delimiter, out int detailAt)
    {
        detailAt = -1;
        Span<char> key = stackalloc char[AddressKey.MaxLength];
        var length = AddressKey.Write(address, key, out var at);
        if (_entries.TryGetValue(key[..length], out var entry)) return entry;
        var domain = key[at..length];
        if (delimiter is { } c && key[..at].IndexOf(c) is var cut and > 0)
        {
            // The first delimiter counts, as in Postfix.
            domain.CopyTo(key[cut..]);
            domain = key.Slice(cut, length - at);
            if (_entries.TryGetValue(key[..(cut + domain.Length)], out entry))
            {
                detailAt = cut;
                return entry;
            }
        }

        return _entries.TryGetValue(domain, out entry) ? entry : null;
    }
}
