using System.Buffers;
using System.Text.Json;

namespace Postfleet.Node.Logging;

/// <summary>One JSON object a line: <c>time</c>, <c>level</c>, <c>event</c>, <c>source</c>, and the event's fields.</summary>
internal sealed class JsonFormat : ILineFormat
{
    public byte[] Format(in LogLine line)
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("time", line.At.UtcDateTime);
            json.WriteString("level", line.LevelName);
            if (line.EventName.Length > 0) json.WriteString("event", line.EventName);
            json.WriteString("source", line.Category);
            WriteNumbers(json, line);
            foreach (var (key, value) in line.TextFields()) if (!IsNumber(line, key)) json.WriteString(key, value);
            json.WriteEndObject();
        }

        buffer.Write("\n"u8);
        return buffer.WrittenSpan.ToArray();
    }

    private static void WriteNumbers(Utf8JsonWriter json, in LogLine line)
    {
        foreach (var (key, value) in line.Fields)
        {
            var name = JsonNamingPolicy.CamelCase.ConvertName(key);
            switch (value)
            {
                case int number: json.WriteNumber(name, number); break;
                case long number: json.WriteNumber(name, number); break;
                case double number when double.IsFinite(number): json.WriteNumber(name, number); break;
                case bool truth: json.WriteBoolean(name, truth); break;
            }
        }
    }

    private static bool IsNumber(in LogLine line, string name)
    {
        foreach (var (key, value) in line.Fields)
        {
            if (value is int or long or double or bool && JsonNamingPolicy.CamelCase.ConvertName(key) == name) return true;
        }

        return false;
    }
}
