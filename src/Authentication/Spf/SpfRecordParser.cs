using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Postfleet.Authentication.Spf;

/// <summary>Parses records (RFC 7208 sections 4.5, 4.6.1 and 12). The texts are octets as UTF-16 code units.</summary>
internal static class SpfRecordParser
{
    /// <summary>
    /// The maximum length of a record in octets. RFC 7208 section 3.4 recommends records that fit into a UDP answer of 512 octets.
    /// </summary>
    public const int MaxLength = 4096;

    private const string Version = "v=spf1";

    /// <summary>Whether a TXT record is a record of this version (RFC 7208 section 4.5).</summary>
    public static bool IsRecord(string text) =>
        text.StartsWith(Version, StringComparison.OrdinalIgnoreCase) && (text.Length == Version.Length || text[Version.Length] == ' ');

    /// <summary>Parses a record for which <see cref="IsRecord"/> holds.</summary>
    /// <param name="text">The record.</param>
    /// <param name="problem">The first error, in printable ASCII; empty without one.</param>
    /// <returns>The record; null if it has an error.</returns>
    public static SpfRecord? Parse(string text, out string problem)
    {
        problem = "";
        if (text.Length > MaxLength)
        {
            problem = $"the record is longer than {MaxLength} octets";
            return null;
        }

        var directives = new List<SpfDirective>();
        SpfMacroString? redirect = null, explanation = null;
        foreach (var term in text[Version.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            var nameLength = term.AsSpan().IndexOfAny(':', '/', '=');
            if (nameLength < 0 || term[nameLength] != '=')
            {
                if (ParseDirective(term) is not { } directive)
                {
                    problem = $"'{SpfText.Clean(term)}' is not a valid mechanism";
                    return null;
                }

                directives.Add(directive);
                continue;
            }

            var name = term[..nameLength].ToLowerInvariant();
            var value = term[(nameLength + 1)..];
            var isKnown = name is "redirect" or "exp";
            var parsed = isKnown ? SpfMacroString.ParseDomain(value) : SpfMacroString.Parse(value);
            if (!IsModifierName(name) || parsed is null)
            {
                problem = $"'{SpfText.Clean(term)}' is not a valid modifier";
                return null;
            }

            // RFC 7208 section 6: each of the two at most once.
            if ((name == "redirect" && redirect is not null) || (name == "exp" && explanation is not null))
            {
                problem = $"the modifier {name} is given twice";
                return null;
            }

            if (name == "redirect") redirect = parsed;
            else if (name == "exp") explanation = parsed;
        }

        return new SpfRecord(directives, redirect, explanation);
    }

    private static bool IsModifierName(string name) => name.Length > 0 && char.IsAsciiLetter(name[0])
        && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.');

    private static SpfDirective? ParseDirective(string term)
    {
        var (qualifier, start) = term[0] switch
        {
            '+' => (SpfResult.Pass, 1),
            '-' => (SpfResult.Fail, 1),
            '~' => (SpfResult.SoftFail, 1),
            '?' => (SpfResult.Neutral, 1),
            _ => (SpfResult.Pass, 0),
        };
        var mechanism = term[start..];
        var nameLength = mechanism.AsSpan().IndexOfAny(':', '/');
        if (nameLength < 0) nameLength = mechanism.Length;
        var rest = mechanism[nameLength..];
        SpfDirective Of(SpfMechanism kind) => new(qualifier, kind, term);
        return mechanism[..nameLength].ToLowerInvariant() switch
        {
            "all" => rest.Length == 0 ? Of(SpfMechanism.All) : null,
            "include" => WithDomain(Of(SpfMechanism.Include), rest, isRequired: true),
            "exists" => WithDomain(Of(SpfMechanism.Exists), rest, isRequired: true),
            "ptr" => WithDomain(Of(SpfMechanism.Ptr), rest, isRequired: false),
            "a" => WithPrefixes(Of(SpfMechanism.A), rest),
            "mx" => WithPrefixes(Of(SpfMechanism.Mx), rest),
            "ip4" => WithNetwork(Of(SpfMechanism.Ip4), rest, AddressFamily.InterNetwork),
            "ip6" => WithNetwork(Of(SpfMechanism.Ip6), rest, AddressFamily.InterNetworkV6),
            _ => null,
        };
    }

    private static SpfDirective? WithDomain(SpfDirective directive, string rest, bool isRequired)
    {
        if (rest.Length == 0) return isRequired ? null : directive;
        return rest[0] == ':' && SpfMacroString.ParseDomain(rest[1..]) is { } domain ? directive with { Domain = domain } : null;
    }

    // [ ":" domain-spec ] [ "/" digits ] [ "//" digits ]. A domain-spec may have slashes but does not end with a slash and digits.
    private static SpfDirective? WithPrefixes(SpfDirective directive, string rest)
    {
        if (!TakePrefix(ref rest, "//", 128, out var prefix6) || !TakePrefix(ref rest, "/", 32, out var prefix4)) return null;
        return WithDomain(directive with { Prefix4 = prefix4, Prefix6 = prefix6 }, rest, isRequired: false);
    }

    private static SpfDirective? WithNetwork(SpfDirective directive, string rest, AddressFamily family)
    {
        var max = family == AddressFamily.InterNetwork ? 32 : 128;
        if (!rest.StartsWith(':') || !TakePrefix(ref rest, "/", max, out var prefix)) return null;
        var text = rest[1..];
        // The platform's parser also takes scopes, brackets, and IPv4 addresses with fewer parts or with octal numbers.
        var hasForm = family == AddressFamily.InterNetwork ? IsDottedQuad(text)
            : text.Contains(':', StringComparison.Ordinal) && text.All(c => char.IsAsciiHexDigit(c) || c is ':' or '.');
        if (!hasForm || !IPAddress.TryParse(text, out var network) || network.AddressFamily != family) return null;
        return directive with { Network = network, Prefix4 = Math.Min(prefix, 32), Prefix6 = prefix };
    }

    private static bool IsDottedQuad(string text)
    {
        var parts = text.Split('.');
        return parts.Length == 4 && parts.All(
            part => part.Length is >= 1 and <= 3 && part.All(char.IsAsciiDigit) && (part[0] != '0' || part.Length == 1));
    }

    // Removes a prefix length from the end. False for a length that is too large or has leading zeros.
    private static bool TakePrefix(ref string rest, string mark, int max, out int prefix)
    {
        prefix = max;
        var at = rest.LastIndexOf(mark, StringComparison.Ordinal);
        if (at < 0 || at + mark.Length == rest.Length) return true;
        var digits = rest.AsSpan(at + mark.Length);
        if (digits.ContainsAnyExceptInRange('0', '9')) return true;
        if (digits.Length > 3 || (digits[0] == '0' && digits.Length > 1)) return false;
        prefix = int.Parse(digits, NumberStyles.None, CultureInfo.InvariantCulture);
        rest = rest[..at];
        return prefix <= max;
    }
}
