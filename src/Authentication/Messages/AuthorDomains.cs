using System.Collections.Immutable;
using System.Text;
using Postfleet.Core.Mail;

namespace Postfleet.Authentication.Messages;

/// <summary>
/// The domains of the authors of a message: of all addresses in all From fields (RFC 5322 section 3.6.2), as DMARC evaluates them (RFC
/// 9989 section 5.3.1). Pure; bounded by the limits of this class.
/// </summary>
public sealed class AuthorDomains
{
    /// <summary>The greatest number of different domains that are read.</summary>
    public const int MaxDomains = 20;

    /// <summary>The greatest number of addresses of a From field.</summary>
    public const int MaxAddresses = 1_000;

    /// <summary>The greatest length of a From field, in octets.</summary>
    public const int MaxField = 64 * 1024;

    private AuthorDomains(ImmutableArray<DomainName> domains, int fieldCount, bool isReadable)
    {
        Domains = domains;
        FieldCount = fieldCount;
        IsReadable = isReadable;
    }

    /// <summary>The different domains, in their order of appearance. Address literals are included.</summary>
    public ImmutableArray<DomainName> Domains { get; }

    /// <summary>The number of From fields; one in each valid message.</summary>
    public int FieldCount { get; }

    /// <summary>Whether each address of each field was readable, and no limit was exceeded.</summary>
    public bool IsReadable { get; }

    /// <summary>The only author domain; null if there is none, more than one, more than one From field, or an unreadable address.</summary>
    public DomainName? Single => IsReadable && FieldCount == 1 && Domains is [var domain] ? domain : null;

    /// <summary>Reads the From fields of a header.</summary>
    public static AuthorDomains Read(MessageHeader header)
    {
        var fields = header.Named("From");
        var domains = new List<DomainName>();
        var isReadable = header.IsComplete;
        foreach (var field in fields)
        {
            if (field.End - field.Start > MaxField)
            {
                isReadable = false;
                continue;
            }

            foreach (var address in Addresses(header.Text(field)))
            {
                if (Domain(address) is not { } domain) isReadable = false;
                else if (domains.Contains(domain)) continue;
                else if (domains.Count == MaxDomains) isReadable = false;
                else domains.Add(domain);
            }
        }

        return new AuthorDomains([.. domains], fields.Count, isReadable);
    }

    // Addresses without names and comments, as far as the syntax allows. Commas, semicolons and the colon of a group separate addresses.
    private static List<string> Addresses(string text)
    {
        var found = new List<string>();
        var plain = new StringBuilder();
        var angle = new StringBuilder();
        bool isQuoted = false, isInAngle = false, hasAngle = false, isUnclear = false;
        var comments = 0;
        for (var i = 0; i < text.Length && found.Count < MaxAddresses; i++)
        {
            var c = text[i];
            var target = isInAngle ? angle : plain;
            if (comments > 0)
            {
                if (c == '\\') i++;
                else if (c == '(') comments++;
                else if (c == ')') comments--;
                continue;
            }

            if (isQuoted)
            {
                target.Append(c);
                if (c == '\\' && i + 1 < text.Length) target.Append(text[++i]);
                else if (c == '"') isQuoted = false;
                continue;
            }

            switch (c)
            {
                case '(':
                    comments = 1;
                    break;
                case '"':
                    isQuoted = true;
                    target.Append(c);
                    break;
                case '<':
                    // With a second bracket, readers differ in which address they see.
                    isUnclear |= hasAngle;
                    isInAngle = hasAngle = true;
                    break;
                case '>':
                    isUnclear |= !isInAngle;
                    isInAngle = false;
                    break;
                case ',' or ';' when !isInAngle:
                    Complete();
                    break;
                case ':' when !isInAngle:
                    // The name of a group precedes the colon; a colon in an address without brackets is no syntax of RFC 5322.
                    plain.Clear();
                    break;
                default:
                    target.Append(c);
                    break;
            }
        }

        // The rest of the field was not read.
        if (found.Count == MaxAddresses) found.Add("");
        // An unclosed quote or comment hides the rest of the field from this reader, and perhaps not from others.
        if (isQuoted || comments > 0 || isInAngle) found.Add("");
        Complete();
        return found;

        void Complete()
        {
            var address = (hasAngle ? angle : plain).ToString().Trim(' ', '\t');
            if (hasAngle || isUnclear || address.Length > 0) found.Add(isUnclear ? "" : address);
            plain.Clear();
            angle.Clear();
            hasAngle = isInAngle = isUnclear = false;
        }
    }

    private static DomainName? Domain(string address)
    {
        // An obsolete route precedes the address (RFC 5322 section 4.4).
        if (address.StartsWith('@') && address.LastIndexOf(':') is > 0 and var colon) address = address[(colon + 1)..];
        var at = address.LastIndexOf('@');
        if (at <= 0) return null;
        // White space around the dots is obsolete syntax.
        var domain = string.Join('.', address[(at + 1)..].Split('.', StringSplitOptions.TrimEntries));
        return DomainName.TryParse(domain, out var name) ? name : null;
    }
}
