using System.Text;

namespace Postfleet.Frontend.Protocol;

/// <summary>Keywords at the begin of arguments and parameters, in any case (RFC 5321 section 2.4). Pure.</summary>
internal static class Keyword
{
    /// <summary>Whether a text begins with a keyword.</summary>
    /// <param name="text">The text.</param>
    /// <param name="keyword">The keyword with its separator: <c>SIZE=</c>, for example.</param>
    /// <param name="value">The text behind the keyword; empty where the text begins otherwise.</param>
    public static bool TryCut(ReadOnlySpan<byte> text, ReadOnlySpan<byte> keyword, out ReadOnlySpan<byte> value)
    {
        var isMatch = text.Length >= keyword.Length && Ascii.EqualsIgnoreCase(text[..keyword.Length], keyword);
        value = isMatch ? text[keyword.Length..] : [];
        return isMatch;
    }
}
