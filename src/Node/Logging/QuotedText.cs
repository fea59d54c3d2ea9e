using System.Buffers;
using System.Globalization;
using System.Text;

namespace Postfleet.Node.Logging;

/// <summary>
/// Formats values of text lines: bare if they are printable ASCII without spaces and quotes, otherwise in quotes, with <c>\"</c>,
/// <c>\\</c>, <c>\n</c>, <c>\r</c>, <c>\t</c>, and <c>\uXXXX</c> for invisible characters, by UTF-16 unit as in JSON.
/// </summary>
internal static class QuotedText
{
    private static readonly SearchValues<char> Bare = SearchValues.Create(Printable('!', "\""));
    private static readonly SearchValues<char> Quotable = SearchValues.Create(Printable(' ', "\"\\"));

    /// <summary>The printable characters of ASCII from a first character on, without some characters.</summary>
    public static string Printable(char from, string without) =>
        new([.. Enumerable.Range(from, '~' - from + 1).Select(i => (char)i).Where(c => !without.Contains(c))]);

    /// <summary>Writes a value.</summary>
    public static void WriteValue(ArrayBufferWriter<byte> output, ReadOnlySpan<char> value)
    {
        if (value.Length > 0 && !value.ContainsAnyExcept(Bare))
        {
            WriteAscii(output, value);
            return;
        }

        WriteAscii(output, "\"");
        while (!value.IsEmpty)
        {
            var plain = value.IndexOfAnyExcept(Quotable);
            if (plain < 0) plain = value.Length;
            WriteAscii(output, value[..plain]);
            value = value[plain..];
            if (!value.IsEmpty) value = value[WriteOther(output, value)..];
        }

        WriteAscii(output, "\"");
    }

    /// <summary>Writes an ASCII text.</summary>
    public static void WriteAscii(ArrayBufferWriter<byte> output, ReadOnlySpan<char> text)
    {
        if (text.IsEmpty) return;
        Encoding.ASCII.GetBytes(text, output.GetSpan(text.Length));
        output.Advance(text.Length);
    }

    // Returns the number of UTF-16 units written.
    private static int WriteOther(ArrayBufferWriter<byte> output, ReadOnlySpan<char> value)
    {
        var isWhole = Rune.DecodeFromUtf16(value, out var rune, out var units) == OperationStatus.Done;
        if (isWhole && !rune.IsAscii && IsVisible(rune))
        {
            output.Advance(rune.EncodeToUtf8(output.GetSpan(4)));
            return units;
        }

        foreach (var unit in value[..units]) Escape(output, unit);
        return units;
    }

    private static void Escape(ArrayBufferWriter<byte> output, char unit)
    {
        switch (unit)
        {
            case '"': WriteAscii(output, "\\\""); break;
            case '\\': WriteAscii(output, "\\\\"); break;
            case '\n': WriteAscii(output, "\\n"); break;
            case '\r': WriteAscii(output, "\\r"); break;
            case '\t': WriteAscii(output, "\\t"); break;
            default:
                WriteAscii(output, "\\u");
                ((int)unit).TryFormat(output.GetSpan(4), out var length, "x4", CultureInfo.InvariantCulture);
                output.Advance(length);
                break;
        }
    }

    // Format characters hide text or reverse its direction. Some programs treat separators as line ends.
    private static bool IsVisible(Rune rune) => Rune.GetUnicodeCategory(rune) is not (
        UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.Surrogate or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned
        or UnicodeCategory.SpaceSeparator or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator);
}
