namespace Postfleet.Authentication.Spf;

/// <summary>Makes text of strangers safe for logs, replies and header fields.</summary>
internal static class SpfText
{
    private const int MaxQuoted = 100;

    /// <summary>Replaces everything but printable ASCII by question marks, and cuts long text.</summary>
    public static string Clean(string text, int maxLength = MaxQuoted)
    {
        if (text.Length > maxLength) text = string.Concat(text.AsSpan(0, maxLength), "...");
        return text.AsSpan().ContainsAnyExceptInRange(' ', '~')
            ? string.Create(text.Length, text, (clean, source) =>
            {
                for (var i = 0; i < clean.Length; i++) clean[i] = source[i] is >= ' ' and <= '~' ? source[i] : '?';
            })
            : text;
    }
}
