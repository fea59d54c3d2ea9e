namespace Postfleet.Core.Returns;

/// <summary>Addresses as reports write them.</summary>
internal static class ReportAddress
{
    /// <summary>The address of a field such as <c>rfc822; &lt;user@example.org&gt; (User)</c>; empty if it has none.</summary>
    public static string Read(string value)
    {
        var semicolon = value.IndexOf(';', StringComparison.Ordinal);
        var address = OriginalMail.Unbracketed(semicolon is >= 0 and < 32 ? value[(semicolon + 1)..] : value);
        var end = address.AsSpan().IndexOfAny(' ', '\t', '(');
        if (end > 0) address = address[..end];
        return address.Length <= ReturnedRecipient.MaxAddress ? address.Trim() : "";
    }

    /// <summary>The first address with an at sign in a line, and where it ends; null if there is none.</summary>
    public static (string Address, int Start, int End)? Find(ReadOnlySpan<char> line)
    {
        var from = 0;
        while (from < line.Length && line[from..].IndexOf('@') is var found and >= 0)
        {
            var at = from + found;
            var (start, end) = (at, at + 1);
            while (start > from && IsLocal(line[start - 1])) start--;
            while (end < line.Length && (char.IsLetterOrDigit(line[end]) || line[end] is '-' or '.')) end++;
            var stop = end;
            while (stop > at + 1 && line[stop - 1] is '.' or '-') stop--;
            if (start < at && stop > at + 1 && stop - start <= ReturnedRecipient.MaxAddress)
            {
                return (line[start..stop].ToString(), start, stop);
            }

            from = end;
        }

        return null;
    }

    private static bool IsLocal(char each) =>
        char.IsLetterOrDigit(each) || each is '!' or '#' or '$' or '%' or '&' or '*' or '+' or '-' or '/' or '=' or '?' or '^' or '_' or '`'
            or '{' or '|' or '}' or '~' or '.' or '\'';
}
