using System.Buffers;
using System.Globalization;

namespace Postfleet.Node.Logging;

/// <summary>Formats an event as a line. Any thread calls it.</summary>
internal interface ILineFormat
{
    /// <summary>The line in UTF-8, with its LF.</summary>
    byte[] Format(in LogLine line);
}

/// <summary>
/// <c>2026-11-23T04:48:00.123Z info accepted messageId=… from=…</c>. Values are quoted unless they are plain printable ASCII, and invisible
/// characters are escaped: text of a peer can neither begin a line, nor look like a field, nor move a terminal's cursor.
/// </summary>
internal sealed class TextFormat : ILineFormat
{
    // The larger buffer of a long exception is not kept.
    private const int MaxKept = 64 * 1024;

    private static readonly SearchValues<char> Head = SearchValues.Create(QuotedText.Printable(' ', "\"="));

    [ThreadStatic]
    private static ArrayBufferWriter<byte>? _spare;

    public byte[] Format(in LogLine line)
    {
        // The spare is cleared while in use, because formatting a value may log.
        var output = _spare ?? new ArrayBufferWriter<byte>(1024);
        _spare = null;
        output.ResetWrittenCount();

        line.At.UtcDateTime.TryFormat(
            output.GetSpan(FieldText.TimeForm.Length), out var length, FieldText.TimeForm, CultureInfo.InvariantCulture);
        output.Advance(length);
        QuotedText.WriteAscii(output, " ");
        QuotedText.WriteAscii(output, line.LevelName);
        QuotedText.WriteAscii(output, " ");
        WriteHead(output, line.EventName.Length > 0 ? line.EventName : line.Category);
        Span<char> scratch = stackalloc char[FieldText.Scratch];
        for (var i = 0; i < line.Fields.Count; i++)
        {
            if (line.NameOf(i) is { } name) WriteField(output, name, FieldText.Of(line.Fields[i].Value, scratch));
        }

        if (line.Message.Length > 0) WriteField(output, LogLine.MessageName, FieldText.Cut(line.Message, LogLine.MaxValue));
        if (line.Exception is not null) WriteField(output, LogLine.ExceptionName, FieldText.Of(line.Exception));
        QuotedText.WriteAscii(output, "\n");
        var bytes = output.WrittenSpan.ToArray();
        if (output.Capacity <= MaxKept) _spare = output;
        return bytes;
    }

    // Event names are words from code and are not quoted. Unexpected characters are replaced.
    private static void WriteHead(ArrayBufferWriter<byte> output, string words)
    {
        var cut = FieldText.Cut(words, LogLine.MaxValue);
        if (!cut.ContainsAnyExcept(Head))
        {
            QuotedText.WriteAscii(output, cut);
            return;
        }

        foreach (var c in cut) QuotedText.WriteAscii(output, [Head.Contains(c) ? c : '_']);
    }

    private static void WriteField(ArrayBufferWriter<byte> output, string name, ReadOnlySpan<char> value)
    {
        QuotedText.WriteAscii(output, " ");
        QuotedText.WriteAscii(output, name);
        QuotedText.WriteAscii(output, "=");
        QuotedText.WriteValue(output, value);
    }
}
