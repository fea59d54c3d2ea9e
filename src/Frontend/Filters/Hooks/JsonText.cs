using System.Buffers;
using System.Text;

namespace Postfleet.Frontend.Filters.Hooks;

/// <summary>
/// Writes octets of a message as the inside of a JSON string, piece by piece, so that a large body is neither copied nor held twice. Octets
/// that are not UTF-8 become replacement characters. Pure.
/// </summary>
internal sealed class JsonText
{
    private const int Piece = 4096;

    // A character takes 6 octets at most, as \u001f; the decoder may hold back three octets of the piece before.
    private const int MaxEscaped = (Piece + 4) * 6;

    private readonly Decoder _decoder = new UTF8Encoding(false, false).GetDecoder();
    private readonly char[] _characters = new char[Piece + 4];
    private readonly byte[] _escaped = new byte[MaxEscaped];

    private JsonText()
    {
    }

    /// <summary>The length of the escaped text in octets.</summary>
    public static long Measure(in ReadOnlySequence<byte> octets)
    {
        var (text, length) = (new JsonText(), 0L);
        foreach (var memory in octets)
            for (var rest = memory.Span; !rest.IsEmpty; rest = rest[Math.Min(Piece, rest.Length)..])
                length += text.Escape(rest[..Math.Min(Piece, rest.Length)], isEnd: false);
        return length + text.Escape([], isEnd: true);
    }

    /// <summary>Writes the escaped text.</summary>
    public static async Task WriteAsync(ReadOnlySequence<byte> octets, Stream stream, CancellationToken cancellationToken)
    {
        var text = new JsonText();
        foreach (var memory in octets)
        {
            for (var rest = memory; !rest.IsEmpty; rest = rest[Math.Min(Piece, rest.Length)..])
            {
                var length = text.Escape(rest.Span[..Math.Min(Piece, rest.Length)], isEnd: false);
                await stream.WriteAsync(text._escaped.AsMemory(0, length), cancellationToken);
            }
        }

        await stream.WriteAsync(text._escaped.AsMemory(0, text.Escape([], isEnd: true)), cancellationToken);
    }

    private int Escape(ReadOnlySpan<byte> octets, bool isEnd)
    {
        var count = _decoder.GetChars(octets, _characters, isEnd);
        var at = 0;
        for (var i = 0; i < count; i++)
        {
            var c = _characters[i];
            if (c is '"' or '\\')
            {
                _escaped[at++] = (byte)'\\';
                _escaped[at++] = (byte)c;
            }
            else if (c < ' ')
            {
                at += Encoding.ASCII.GetBytes(Control(c), _escaped.AsSpan(at));
            }
            else if (c < 0x80)
            {
                _escaped[at++] = (byte)c;
            }
            else
            {
                // The decoder gives both halves of a pair at once.
                var rune = char.IsHighSurrogate(c) ? new Rune(c, _characters[++i]) : new Rune(c);
                at += rune.EncodeToUtf8(_escaped.AsSpan(at));
            }
        }

        return at;
    }

    private static string Control(char c) => c switch
    {
        '\n' => "\\n",
        '\r' => "\\r",
        '\t' => "\\t",
        _ => $"\\u{(int)c:x4}",
    };
}
