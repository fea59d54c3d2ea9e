using System.Buffers;

namespace Postfleet.Testing;

/// <summary>
/// The transparency of RFC 5321 section 4.5.2, implemented independently of the server and client under test, so that it does not share
/// their faults.
/// </summary>
public sealed class DotUnstuffer
{
    private enum State
    {
        LineStart,
        Text,
        Cr,
        Dot,
        DotCr,
    }

    private State _state = State.LineStart;

    /// <summary>Consumes input up to the end of the message, which is exactly CRLF.CRLF.</summary>
    /// <param name="input">Received octets, split anywhere.</param>
    /// <param name="output">Receives the content, without the stuffed dots and the final dot's line.</param>
    /// <param name="consumed">The octets of <paramref name="input"/> that belong to the message.</param>
    /// <returns>Whether the message has ended. The next input begins a new message.</returns>
    public bool Feed(ReadOnlySpan<byte> input, IBufferWriter<byte> output, out int consumed)
    {
        consumed = 0;
        while (consumed < input.Length)
        {
            var b = input[consumed];
            switch (_state)
            {
                case State.LineStart when b == '.':
                    _state = State.Dot;
                    consumed++;
                    break;
                case State.LineStart or State.Text:
                    var rest = input[consumed..];
                    var cr = rest.IndexOf((byte)'\r');
                    var taken = cr < 0 ? rest.Length : cr + 1;
                    output.Write(rest[..taken]);
                    consumed += taken;
                    _state = cr < 0 ? State.Text : State.Cr;
                    break;
                case State.Cr:
                    output.Write([b]);
                    consumed++;
                    _state = b switch { (byte)'\n' => State.LineStart, (byte)'\r' => State.Cr, _ => State.Text };
                    break;
                case State.Dot when b == '\r':
                    _state = State.DotCr;
                    consumed++;
                    break;
                case State.Dot:
                    _state = State.Text;
                    break;
                case State.DotCr when b == '\n':
                    _state = State.LineStart;
                    consumed++;
                    return true;
                case State.DotCr:
                    output.Write("\r"u8);
                    _state = State.Cr;
                    break;
            }
        }

        return false;
    }

    /// <summary>The octets that carry <paramref name="content"/> after DATA: stuffed, and with the final dot's line.</summary>
    /// <exception cref="ArgumentException">The content is not empty and does not end in CRLF.</exception>
    public static byte[] Stuff(ReadOnlySpan<byte> content)
    {
        if (!content.IsEmpty && !content.EndsWith("\r\n"u8))
        {
            throw new ArgumentException("content must end in CRLF", nameof(content));
        }

        var output = new ArrayBufferWriter<byte>(content.Length + 16);
        while (!content.IsEmpty)
        {
            if (content[0] == '.')
            {
                output.Write("."u8);
            }

            var end = content.IndexOf("\r\n"u8) + 2;
            output.Write(content[..end]);
            content = content[end..];
        }

        output.Write(".\r\n"u8);
        return output.WrittenSpan.ToArray();
    }
}
