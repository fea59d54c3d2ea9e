using System.Globalization;

namespace Postfleet.Node.Logging;

/// <summary>Values of fields as text: of one form in every culture, and bounded.</summary>
internal static class FieldText
{
    /// <summary>Characters that most values which are no strings fit in.</summary>
    public const int Scratch = 128;

    /// <summary>Points in time, in UTC, to the millisecond.</summary>
    public const string TimeForm = "yyyy-MM-ddTHH:mm:ss.fffZ";

    /// <summary>The text of a value; it may lie in <paramref name="scratch"/>.</summary>
    public static ReadOnlySpan<char> Of(object? value, Span<char> scratch)
    {
        try
        {
            return Cut(Convert(value, scratch), LogLine.MaxValue);
        }
        catch (Exception fault)
        {
            // What a log line tells of must not fail by being told.
            return $"!{fault.GetType().Name}";
        }
    }

    /// <summary>The text of an exception and of those inside it.</summary>
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

    /// <summary>The text, or its beginning with a mark that there was more.</summary>
    public static ReadOnlySpan<char> Cut(ReadOnlySpan<char> text, int length)
    {
        if (text.Length <= length) return text;
        // Half a surrogate pair is no character.
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
