using System.Globalization;

namespace Postfleet.Node.Logging;

/// <summary>Formats values of fields as text, independent of the culture and bounded in length. Any thread calls it.</summary>
internal static class FieldText
{
    /// <summary>A buffer size, in characters, for most values other than strings.</summary>
    public const int Scratch = 128;

    /// <summary>The format of times: UTC with milliseconds.</summary>
    public const string TimeForm = "yyyy-MM-ddTHH:mm:ss.fffZ";

    /// <summary>The text of a value, which may be in <paramref name="scratch"/>.</summary>
    public static ReadOnlySpan<char> Of(object? value, Span<char> scratch)
    {
        try
        {
            return Cut(Convert(value, scratch), LogLine.MaxValue);
        }
        catch (Exception fault)
        {
            // Logging a value must not make the logged operation fail.
            return $"!{fault.GetType().Name}";
        }
    }

    /// <summary>The text of an exception and its inner exceptions.</summary>
    public static ReadOnlySpan<char> Of(Exception exception)
    {
        try
        {
            return Cut(exception.ToString(), LogLine.MaxException);
        }
        catch (Exception fault)
        {
            return $"!{fault.GetType().Name} from {exception.GetType().FullName}";
        }
    }

    /// <summary>The text, or its beginning followed by <c>…</c>.</summary>
    public static ReadOnlySpan<char> Cut(ReadOnlySpan<char> text, int length)
    {
        if (text.Length <= length) return text;
        // The cut must not split a surrogate pair.
        if (char.IsHighSurrogate(text[length - 1])) length--;
        return string.Concat(text[..length], "…");
    }

    private static ReadOnlySpan<char> Convert(object? value, Span<char> scratch)
    {
        switch (value)
        {
            case null:
                return "";
            case string text:
                return text;
            case bool truth:
                return truth ? "true" : "false";
            case TimeSpan span when span.TotalSeconds.TryFormat(scratch[..^1], out var length, "0.###", CultureInfo.InvariantCulture):
                scratch[length] = 's';
                return scratch[..(length + 1)];
            case DateTime at when at.ToUniversalTime().TryFormat(scratch, out var length, TimeForm, CultureInfo.InvariantCulture):
                return scratch[..length];
            case DateTimeOffset at when at.UtcDateTime.TryFormat(scratch, out var length, TimeForm, CultureInfo.InvariantCulture):
                return scratch[..length];
            case ISpanFormattable formattable when formattable.TryFormat(scratch, out var length, default, CultureInfo.InvariantCulture):
                return scratch[..length];
            case IFormattable formattable:
                return formattable.ToString(null, CultureInfo.InvariantCulture);
            default:
                return value.ToString();
        }
    }
}
