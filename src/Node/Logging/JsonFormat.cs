using System.Buffers;
using System.Globalization;
using System.Text.Json;

namespace Postfleet.Node.Logging;

/// <summary>
/// A JSON object a line: <c>time</c>, <c>level</c>, <c>event</c>, <c>category</c>, and the event's fields in their order. Numbers and
/// booleans are JSON numbers and booleans. Characters outside of ASCII are escaped.
/// </summary>
internal sealed class JsonFormat : ILineFormat
{
    // The larger buffer of a long exception is not kept.
    private const int MaxKept = 64 * 1024;

    [ThreadStatic]
    private static Tools? _spare;

    public byte[] Format(in LogLine line)
    {
        // The spare is cleared while in use, because formatting a value may log.
        var tools = _spare ?? new Tools();
        _spare = null;
        var (buffer, json) = (tools.Buffer, tools.Json);
        buffer.ResetWrittenCount();
        json.Reset(buffer);

        json.WriteStartObject();
        Span<char> scratch = stackalloc char[FieldText.Scratch];
        json.WriteString("time", FieldText.Of(line.At, scratch));
        json.WriteString("level", line.LevelName);
        if (line.EventName.Length > 0) json.WriteString("event", FieldText.Cut(line.EventName, LogLine.MaxValue));
        json.WriteString("category", FieldText.Cut(line.Category, LogLine.MaxValue));
        for (var i = 0; i < line.Fields.Count; i++)
        {
            if (line.NameOf(i) is { } name) WriteField(json, name, line.Fields[i].Value, scratch);
        }

        if (line.Message.Length > 0) json.WriteString(LogLine.MessageName, FieldText.Cut(line.Message, LogLine.MaxValue));
        if (line.Exception is not null) json.WriteString(LogLine.ExceptionName, FieldText.Of(line.Exception));
        json.WriteEndObject();
        json.Flush();
        buffer.Write("\n"u8);
        var bytes = buffer.WrittenSpan.ToArray();
        if (buffer.Capacity <= MaxKept) _spare = tools;
        return bytes;
    }

    private static void WriteField(Utf8JsonWriter json, string name, object? value, Span<char> scratch)
    {
        switch (value)
        {
            case bool truth: json.WriteBoolean(name, truth); break;
            case int number: json.WriteNumber(name, number); break;
            case long number: json.WriteNumber(name, number); break;
            case double number when double.IsFinite(number): json.WriteNumber(name, number); break;
            case float number when float.IsFinite(number): json.WriteNumber(name, number); break;
            case decimal number: json.WriteNumber(name, number); break;
            case ulong number: json.WriteNumber(name, number); break;
            case byte or sbyte or short or ushort or uint:
                json.WriteNumber(name, Convert.ToInt64(value, CultureInfo.InvariantCulture)); break;
            default: json.WriteString(name, FieldText.Of(value, scratch)); break;
        }
    }

    private sealed class Tools
    {
        public ArrayBufferWriter<byte> Buffer { get; } = new(1024);

        public Utf8JsonWriter Json { get; } = new(Stream.Null);
    }
}
