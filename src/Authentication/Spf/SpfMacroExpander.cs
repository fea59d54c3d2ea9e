using System.Globalization;
using System.Net;
using System.Text;

namespace Postfleet.Authentication.Spf;

/// <summary>Expands macros (RFC 7208 section 7).</summary>
internal sealed class SpfMacroExpander(SpfSubject subject, SpfLookups lookups)
{
    /// <summary>The maximum length of a name in a query.</summary>
    private const int MaxName = 253;

    /// <summary>The value of a domain-spec as a name for queries: without the trailing dot, shortened from the left.</summary>
    /// <param name="macros">The domain-spec.</param>
    /// <param name="domain">The current domain.</param>
    /// <param name="cancellation">The caller gave up.</param>
    public async ValueTask<string> ExpandNameAsync(SpfMacroString macros, string domain, CancellationToken cancellation)
    {
        var name = await ExpandAsync(macros, domain, cancellation);
        if (name.EndsWith('.')) name = name[..^1];
        if (name.Length <= MaxName) return name;
        // RFC 7208 section 7.3: labels are removed from the left.
        var dot = name.IndexOf('.', name.Length - MaxName - 1);
        return dot < 0 ? name : name[(dot + 1)..];
    }

    /// <summary>The value of a macro-string.</summary>
    public async ValueTask<string> ExpandAsync(SpfMacroString macros, string domain, CancellationToken cancellation)
    {
        if (macros.Parts is [{ Literal: { } whole }]) return whole;
        var text = new StringBuilder();
        foreach (var part in macros.Parts)
        {
            if (part.Literal is not null) text.Append(part.Literal);
            else if (part.IsEscaped)
                text.Append(Uri.EscapeDataString(Transform(await ValueAsync(part.Letter, domain, cancellation), part)));
            else text.Append(Transform(await ValueAsync(part.Letter, domain, cancellation), part));
        }

        return text.ToString();
    }

    private ValueTask<string> ValueAsync(char letter, string domain, CancellationToken cancellation) => letter switch
    {
        's' => new($"{subject.LocalPart}@{subject.SenderDomain}"),
        'l' => new(subject.LocalPart),
        'o' => new(subject.SenderDomain),
        'd' => new(domain),
        'i' => new(Dotted(subject.Client)),
        'p' => lookups.ClientNameAsync(domain, cancellation),
        'v' => new(subject.IsV6 ? "ip6" : "in-addr"),
        'h' => new(subject.Helo),
        'c' => new(subject.Client.ToString()),
        'r' => new(subject.Receiver),
        _ => new(subject.Now.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture)),
    };

    private static string Transform(string value, SpfMacroPart part)
    {
        if (part is { Count: 0, IsReversed: false, Delimiters: "." }) return value;
        var parts = value.Split(part.Delimiters.ToCharArray());
        if (part.IsReversed) Array.Reverse(parts);
        return string.Join('.', part.Count > 0 ? parts.TakeLast(part.Count) : parts);
    }

    // RFC 7208 section 7.3: an IPv6 address is written as its nibbles with dots between.
    private static string Dotted(IPAddress address)
    {
        var octets = address.GetAddressBytes();
        return octets.Length == 4 ? address.ToString() : string.Join('.', Convert.ToHexString(octets).ToCharArray());
    }
}
