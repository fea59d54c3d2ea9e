using System.Globalization;
using Postfleet.Core.Units;

namespace Postfleet.Configuration;

/// <summary>The rule for the values of a key.</summary>
/// <param name="Kind">The kind of value.</param>
/// <param name="Allowed">The allowed values, in words for error lines and the documentation.</param>
/// <param name="Unit">The unit, or empty.</param>
/// <param name="Normalize">Converts a value to its canonical form, which is bound; null for a forbidden value.</param>
public sealed record ValueRule(ValueKind Kind, string Allowed, string Unit, Func<string, string?> Normalize)
{
    /// <summary>A whole number within bounds, both inclusive.</summary>
    public static ValueRule Number(int min, int max, string unit) => new(
        ValueKind.Number,
        string.Create(CultureInfo.InvariantCulture, $"a whole number of {min} to {max}"),
        unit,
        text => int.TryParse(
                text.Trim(), min < 0 ? NumberStyles.AllowLeadingSign : NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            && number >= min && number <= max
            ? number.ToString(CultureInfo.InvariantCulture)
            : null);

    /// <summary>A duration within bounds, both inclusive and written as in the configuration.</summary>
    public static ValueRule Duration(string min, string max)
    {
        if (!Durations.TryParse(min, out var least) || !Durations.TryParse(max, out var most))
            throw new ArgumentException($"'{min}' or '{max}' is no duration");
        return new ValueRule(
            ValueKind.Duration,
            $"a duration of {min} to {max}, such as 30s, 5m, 4h",
            "time",
            text => Durations.TryParse(text, out var duration) && duration >= least && duration <= most ? Durations.Format(duration)
                : null);
    }

    /// <summary>A number of bytes within bounds, both inclusive and written as in the configuration.</summary>
    public static ValueRule Size(string min, string max)
    {
        if (!ByteSize.TryParse(min, out var least) || !ByteSize.TryParse(max, out var most))
            throw new ArgumentException($"'{min}' or '{max}' is no size");
        return new ValueRule(
            ValueKind.Size,
            $"a size of {min} to {max}, such as 64KB, 25MB, 1GB",
            "bytes",
            text => ByteSize.TryParse(text, out var size) && size.Bytes >= least.Bytes && size.Bytes <= most.Bytes ? size.ToString()
                : null);
    }

    /// <summary>A number per second, minute or hour; or empty, for no limit.</summary>
    public static ValueRule RateOrNone { get; } = new(
        ValueKind.Rate,
        string.Create(
            CultureInfo.InvariantCulture, $"a rate of 1/h to {Rate.MaxPerSecond}/s, such as 50/s, 1000/m, 20000/h, or empty for none"),
        "messages",
        text => Rate.TryParse(text, out var rate) ? rate.ToString() : null);

    /// <summary>A word of a list, in any case.</summary>
    public static ValueRule Choice(params string[] words) => new(
        ValueKind.Choice,
        string.Join(", ", words),
        "",
        text => Array.Find(words, word => string.Equals(word, text.Trim(), StringComparison.OrdinalIgnoreCase)));

    /// <summary>A name of an enumeration, in any case.</summary>
    /// <param name="except">Names not allowed.</param>
    public static ValueRule Choice<T>(params T[] except)
        where T : struct, Enum => Choice([.. Enum.GetValues<T>().Except(except).Select(value => TextForms.Write(value))]);

    /// <summary>True or false, in any case.</summary>
    public static ValueRule Flag { get; } = new(
        ValueKind.Flag, "true or false", "", text => bool.TryParse(text, out var value) ? value ? "true" : "false" : null);

    /// <summary>
    /// The path of a file to read, or empty. The module of the key reads the file in its check of files, so <c>check</c> reports a missing
    /// file.
    /// </summary>
    /// <param name="empty">The meaning of an empty path, in words to follow "or empty".</param>
    public static ValueRule FilePath(string empty = "") => new(
        ValueKind.FilePath,
        empty.Length == 0 ? "the path of a file, or empty" : $"the path of a file, or empty {empty}",
        "",
        text => TextForms.Path(text.Trim()));

    /// <summary>Text of a form.</summary>
    /// <param name="allowed">The form, in words.</param>
    /// <param name="normalize">Converts the trimmed text to its canonical form; null for a text of another form.</param>
    public static ValueRule Text(string allowed, Func<string, string?> normalize) =>
        new(ValueKind.Text, allowed, "", text => normalize(text.Trim()));
}
