using System.Globalization;
using System.Text;

namespace Postfleet.Node.Logging;

/// <summary>Writes an event as one line.</summary>
internal interface ILineFormat
{
    /// <summary>The line in UTF-8, with its LF.</summary>
    byte[] Format(in LogLine line);
}

/// <summary>
/// <c>2026-11-23T04:48:00.123Z info accepted messageId=… from=…</c>. A value with anything but plain printable ASCII is quoted and escaped, so that what a peer says
/// can neither begin a line nor look like a field.
/// </summary>
internal sealed class TextFormat : ILineFormat
{
    [ThreadStatic]
    private static StringBuilder? _buffer;

    public byte[] Format(in LogLine line)
    {
        var text = _buffer ??= new StringBuilder(256);
        text.Clear();
        text.Append(line.At.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture)).Append(' ').Append(line.LevelName).Append(' ');
        text.Append(line.EventName.Length > 0 ? line.EventName : line.Category);
        foreach (var (key, value) in line.TextFields()) Append(text.Append(' ').Append(key).Append('='), value);
        return Encoding.UTF8.GetBytes(text.Append('\n').ToString());
    }

    private static void Append(StringBuilder text, string value)
    {
        if (value.Length > 0 && !value.AsSpan().ContainsAnyExceptInRange('!', '~') && !value.Contains('"', StringComparison.Ordinal))
        {
            text.Append(value);
            return;
        }

        text.Append('"');
        foreach (var c in value)
        {
            switch (c)
            {
                case '"': text.Append("\\\""); break;
                case '\\': text.Append("\\\\"); break;
                case '\n': text.Append("\\n"); break;
                case '\r': text.Append("\\r"); break;
                case < ' ' or (>= '\x7f' and < '\xa0'): text.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}"); break;
                default: text.Append(c); break;
            }
        }

        text.Append('"');
    }
}
