namespace Postfleet.Node.Logging;

/// <summary>An event before it is formatted.</summary>
internal readonly record struct LogLine(
    DateTimeOffset At,
    LogLevel Level,
    string Category,
    string EventName,
    IReadOnlyList<KeyValuePair<string, object?>> Fields,
    Exception? Exception,
    string Message)
{
    /// <summary>The longest value of a field, in characters before escaping. <c>…</c> follows a cut value.</summary>
    public const int MaxValue = 1000;

    /// <summary>The longest text of an exception, in characters before escaping.</summary>
    public const int MaxException = 8000;

    /// <summary>Name of the field with the message of an event without a name or fields.</summary>
    public const string MessageName = "message";

    /// <summary>Name of the field with the exception.</summary>
    public const string ExceptionName = "exception";

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

    /// <summary>
    /// A field's name, followed by an underscore for each earlier use of the name in the line; null for a field that is not written: the
    /// template, and a field without a value. JSON parsers keep the first or the last of two members with the same name.
    /// </summary>
    public string? NameOf(int index)
    {
        var key = Fields[index].Key;
        if (key == TemplateKey || Fields[index].Value is null) return null;
        var name = FieldNames.Of(key);
        var uses = IsOwn(name) ? 1 : 0;
        for (var i = 0; i < index; i++)
        {
            // A name has the length of its key, so most pairs are decided by the length.
            var other = Fields[i].Key;
            if (Math.Max(other.Length, 1) == name.Length && other != TemplateKey && FieldNames.Of(other) == name) uses++;
        }

        return uses == 0 ? name : name + new string('_', uses);
    }

    private bool IsOwn(string name) => name switch
    {
        "time" or "level" or "event" or "category" => true,
        MessageName => Message.Length > 0,
        ExceptionName => Exception is not null,
        _ => false,
    };
}
