using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using System.Text;
using ADRaffy.ENSNormalize;

namespace Postfleet.Core.Mail;

/// <summary>
/// The domain of a mail address, normalised once at the edge: lower-case A-labels (RFC 5890), or an address literal in
/// its brackets (RFC 5321 section 4.1.3). Nothing downstream checks or folds it again.
/// </summary>
public readonly record struct DomainName
{
    /// <summary>Longest DNS name, in octets (RFC 1035 section 2.3.4; without the root dot).</summary>
    public const int MaxLength = 253;

    private const int MaxLabelLength = 63;

    private static readonly SearchValues<char> NameCharacters =
        SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789-_.");

    // The label separators of Unicode (RFC 3490 section 3.1).
    private static readonly char[] Dots = ['.', '\u3002', '\uff0e', '\uff61'];

    private static readonly SearchValues<char> V6Characters = SearchValues.Create("0123456789abcdefABCDEF:.");

    private static readonly IdnMapping Idn = new() { AllowUnassigned = false, UseStd3AsciiRules = false };

    private readonly string? _value;

    private DomainName(string value) => _value = value;

    /// <summary>The normalised text.</summary>
    public string Value => _value ?? "";

    /// <summary>Whether this is an address literal, for example <c>[192.0.2.1]</c> or <c>[IPv6:2001:db8::1]</c>.</summary>
    public bool IsAddressLiteral => _value is { Length: > 0 } && _value[0] == '[';

    /// <summary>
    /// Normalises and validates a domain or an address literal. A trailing root dot is dropped; labels in Unicode become A-labels.
    /// Underscores pass, since hosts with underscores exist in the DNS and receive mail.
    /// </summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out DomainName domain)
    {
        domain = default;
        if (string.IsNullOrEmpty(text) || text.Length > 4 * MaxLength) return false;
        if (text[0] == '[') return TryParseLiteral(text, out domain);
        if (text[^1] == '.') text = text[..^1];
        if (!TryToAscii(text, out var name) || name.Length is 0 or > MaxLength) return false;
        if (name.AsSpan().ContainsAnyExcept(NameCharacters)) return false;
        foreach (var range in name.AsSpan().Split('.'))
        {
            var label = name.AsSpan(range);
            if (label.Length is 0 or > MaxLabelLength || label[0] == '-' || label[^1] == '-') return false;
        }

        domain = new DomainName(name);
        return true;
    }

    /// <summary>
    /// Whether a text cannot be a domain because it is too long: more than <see cref="MaxLength"/> octets, or more than 63 in a label, in
    /// its A-labels. It may have other faults, too.
    /// </summary>
    public static bool IsTooLong(string text)
    {
        if (text.Length == 0 || text[0] == '[') return false;
        // The longest fitting text in UTF-16 has as many characters, and composing makes no text longer in A-labels than it was.
        var labels = (Ascii.IsValid(text) ? text : ENSNormalize.NF.NFC(text.ToLowerInvariant())).Split(Dots);
        if (labels[^1].Length == 0) labels = labels[..^1];
        return labels.Sum(label => PunycodeLength.OfALabel(label) + 1) - 1 > MaxLength
            || labels.Any(label => PunycodeLength.OfALabel(label) > MaxLabelLength);
    }

    /// <summary>The IP address of an address literal.</summary>
    public bool TryGetAddress([NotNullWhen(true)] out IPAddress? address)
    {
        address = null;
        if (!IsAddressLiteral) return false;
        var inner = Value.AsSpan(1, Value.Length - 2);
        return IPAddress.TryParse(inner.StartsWith("ipv6:") ? inner[5..] : inner, out address);
    }

    /// <inheritdoc/>
    public override string ToString() => Value;

    private static bool TryToAscii(string text, out string name)
    {
        if (Ascii.IsValid(text))
        {
            name = text.ToLowerInvariant();
            return true;
        }

        if (!IsName(text))
        {
            name = "";
            return false;
        }

        try
        {
            // The framework composes nothing without ICU, which not every machine has.
            // Folded and composed first (RFC 5891 section 5.3): an A-label encodes the characters as they are, and "BÜCHER", or a "u" with
            // a combining diaeresis, would become another domain than "bücher".
            name = Idn.GetAscii(ENSNormalize.NF.NFC(text.ToLowerInvariant())).ToLowerInvariant();
            return true;
        }
        catch (ArgumentException)
        {
            // IdnMapping has no Try form; names in Unicode are rare and not on the hot path.
            name = "";
            return false;
        }
    }

    // Characters not allowed in names but accepted by IdnMapping. The replacement character stands for octets of invalid UTF-8.
    private static bool IsName(string text)
    {
        foreach (var rune in text.EnumerateRunes())
        {
            if (rune == Rune.ReplacementChar) return false;
            if (Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.SpaceSeparator or UnicodeCategory.LineSeparator
                or UnicodeCategory.ParagraphSeparator or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned)
            {
                return false;
            }
        }

        return true;
    }

    private static bool TryParseLiteral(string text, out DomainName domain)
    {
        domain = default;
        if (text.Length > 64 || text[^1] != ']') return false;
        var inner = text.AsSpan(1, text.Length - 2);
        var isV6 = inner.StartsWith("IPv6:", StringComparison.OrdinalIgnoreCase);
        var number = isV6 ? inner[5..] : inner;
        // The framework also takes brackets, ports, prefixes and scopes around an IPv6 address.
        if (isV6 && number.ContainsAnyExcept(V6Characters)) return false;
        if (!IPAddress.TryParse(number, out var address) || isV6 != number.Contains(':')) return false;
        var normal = address.ToString();
        // And it reads "127.1", "010.0.0.1" (octal) and "0x7f.0.0.1" as IPv4 addresses: RFC 5321 wants four decimal numbers.
        if (!isV6 && !number.SequenceEqual(normal)) return false;
        domain = new DomainName(isV6 ? $"[ipv6:{normal}]" : $"[{normal}]");
        return true;
    }
}
