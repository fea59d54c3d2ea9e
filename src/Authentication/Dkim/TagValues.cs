using System.Globalization;
using System.Text;

namespace Postfleet.Authentication.Dkim;

/// <summary>Reads values of the tags of signatures (RFC 6376 section 3.5). Pure.</summary>
internal static class TagValues
{
    /// <summary>Reads the canonical forms of header and body (<c>c=</c>).</summary>
    public static bool TryReadForms(string forms, out Canonicalization header, out Canonicalization body)
    {
        var slash = forms.IndexOf('/', StringComparison.Ordinal);
        body = default;
        return TryReadForm(slash < 0 ? forms : forms[..slash], out header)
            && (slash < 0 || TryReadForm(forms[(slash + 1)..], out body));
    }

    /// <summary>Reads a time in seconds of Unix time, of at most 12 digits.</summary>
    public static bool TryReadTime(string text, out long seconds)
    {
        seconds = 0;
        return text.Length <= 12 && long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out seconds);
    }

    /// <summary>A value without its spaces and tabs.</summary>
    public static string WithoutSpace(string text)
    {
        if (text.AsSpan().IndexOfAny(' ', '\t') < 0) return text;
        var compact = new StringBuilder(text.Length);
        foreach (var c in text)
        {
            if (c is not (' ' or '\t')) compact.Append(c);
        }

        return compact.ToString();
    }

    private static bool TryReadForm(string name, out Canonicalization form)
    {
        form = name == "relaxed" ? Canonicalization.Relaxed : Canonicalization.Simple;
        return name is "relaxed" or "simple";
    }
}
