using System.Globalization;

namespace Postfleet.Node.Logging;

/// <summary>One event, before it is written.</summary>
internal readonly record struct LogLine(
    DateTimeOffset At,
    LogLevel Level,
    string Category,
    string EventName,
    IReadOnlyList<KeyValuePair<string, object?>> Fields,
    Exception? Exception,
    string Message)
{
    /// <summary>Longest value that is written of a field, in characters.</summary>
    public const int MaxValue = 1000;

    /// <summary>Longest exception that is written, in characters.</summary>
    public const int MaxException = 8000;

    private const string TemplateKey = "{OriginalFormat}";

    /// <summary>The level as it is written.</summary>
    public string LevelName => Level switch
    {
        LogLevel.Trace => "trace",
        LogLevel.Debug => "debug",
        LogLevel.Information => "info",
        LogLevel.Warning => "warn",
        LogLevel.Error => "error",
        _ => "fatal",
    };

    /// <summary>The fields with their keys in lower camel case and their values as text.</summary>
    public IEnumerable<(string Key, string Value)> TextFields()
    {
        foreach (var (key, value) in Fields)
        {
            if (key != TemplateKey) yield return (char.ToLowerInvariant(key[0]) + key[1..], Cut(ToText(value), MaxValue));
        }

        if (Message.Length > 0) yield return ("message", Cut(Message, MaxValue));
        if (Exception is not null) yield return ("exception", Cut(Exception.ToString(), MaxException));
    }

    private static string ToText(object? value) => value switch
    {
        null => "",
        string text => text,
        DateTimeOffset at => at.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture),
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString() ?? "",
    };

    private static string Cut(string text, int length) => text.Length <= length ? text : text[..length];
}
