using System.Diagnostics.CodeAnalysis;

namespace Postfleet.Spool.Storage;

/// <summary>Texts of peers for engines: PostgreSQL takes neither NUL nor half a surrogate pair.</summary>
internal static class StoredText
{
    private const char Replacement = '\ufffd';

    /// <summary>The text with U+FFFD in place of characters which the engines cannot store.</summary>
    [return: NotNullIfNotNull(nameof(text))]
    public static string? Clean(string? text)
    {
        if (text is null || !NeedsCleaning(text)) return text;
        return string.Create(text.Length, text, static (chars, source) =>
        {
            for (var i = 0; i < chars.Length; i++) chars[i] = IsStorable(source, i) ? source[i] : Replacement;
        });
    }

    private static bool NeedsCleaning(string text)
    {
        if (!text.AsSpan().ContainsAnyInRange('\ud800', '\udfff') && !text.Contains('\0', StringComparison.Ordinal)) return false;
        for (var i = 0; i < text.Length; i++) if (!IsStorable(text, i)) return true;
        return false;
    }

    private static bool IsStorable(string text, int i) => text[i] switch
    {
        '\0' => false,
        var c when char.IsHighSurrogate(c) => i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]),
        var c when char.IsLowSurrogate(c) => i > 0 && char.IsHighSurrogate(text[i - 1]),
        _ => true,
    };
}
