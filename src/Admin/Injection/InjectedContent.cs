using System.Buffers;
using System.Text;
using Postfleet.Admin.Http;

namespace Postfleet.Admin.Injection;

/// <summary>
/// Collects the content of a message by the rules of the SMTP server for trusted clients: lines end with CRLF, an LF alone becomes CRLF,
/// and a CR alone and NUL are refused. Lines have at most 998 octets (RFC 5322 section 2.1.1).
/// </summary>
/// <param name="traceHeader">The header above the content.</param>
/// <param name="maxLength">The greatest length, without the trace header, in octets.</param>
internal sealed class InjectedContent(byte[] traceHeader, long maxLength)
{
    private const int MaxLine = 998;

    // As the SMTP server does (RFC 5321 section 6.3).
    private const int MaxReceived = 50;

    private readonly ArrayBufferWriter<byte> _octets = new();
    private bool _isInHeader = true;
    private int _received;
    private int _line;

    /// <summary>Whether an octet is above 127.</summary>
    public bool HasEightBit { get; private set; }

    /// <summary>Whether an octet of the header is above 127.</summary>
    public bool HasEightBitHeader { get; private set; }

    /// <summary>Adds the message.</summary>
    /// <exception cref="ProblemException">The message has a fault or is too long.</exception>
    public void Add(ReadOnlySpan<byte> message)
    {
        _octets.Write(traceHeader);
        while (!message.IsEmpty)
        {
            _line++;
            var length = message.IndexOfAny((byte)'\r', (byte)'\n', (byte)0);
            if (length < 0)
            {
                AddLine(message);
                return;
            }

            AddLine(message[..length]);
            var rest = message[length..];
            if (rest[0] == 0) throw JsonBody.Wrong($"line {_line} of the message has a NUL; allowed: other characters");
            if (rest[0] == '\r' && !rest.StartsWith("\r\n"u8))
                throw JsonBody.Wrong($"line {_line} of the message has a CR without LF; allowed: lines that end with CRLF or LF");
            message = rest[(rest[0] == '\r' ? 2 : 1)..];
        }
    }

    /// <summary>The content with the trace header.</summary>
    public ReadOnlyMemory<byte> ToMemory() => _octets.WrittenMemory;

    private void AddLine(ReadOnlySpan<byte> line)
    {
        if (line.Length > MaxLine)
            throw JsonBody.Wrong($"line {_line} of the message has {line.Length} octets; allowed: {MaxLine}");
        if (_octets.WrittenCount - traceHeader.Length + line.Length + 2 > maxLength)
        {
            throw new ProblemException(
                ProblemKind.TooLarge, $"the message has more than {maxLength} octets; allowed: {maxLength}, the limit of SMTP");
        }

        Inspect(line);
        _octets.Write(line);
        _octets.Write("\r\n"u8);
    }

    private void Inspect(ReadOnlySpan<byte> line)
    {
        if (line.IsEmpty) _isInHeader = false;
        if (!Ascii.IsValid(line))
        {
            HasEightBit = true;
            HasEightBitHeader |= _isInHeader;
        }

        if (!_isInHeader) return;
        if (IsField(line, "bcc"u8) || IsField(line, "resent-bcc"u8))
            throw JsonBody.Wrong(
                $"line {_line} of the message is Bcc, which all recipients would see; allowed: the addresses in recipients");
        if (IsField(line, "x-postfleet-idempotency-key"u8))
            throw JsonBody.Wrong($"line {_line} of the message is X-Postfleet-Idempotency-Key; allowed: the key in idempotencyKey");
        if (IsField(line, "x-postfleet-stream"u8))
            throw JsonBody.Wrong($"line {_line} of the message is X-Postfleet-Stream; allowed: the stream in stream");
        if (!IsField(line, "received"u8)) return;
        if (++_received > MaxReceived)
            throw JsonBody.Wrong($"the message has more than {MaxReceived} Received fields; allowed: {MaxReceived}, since it may loop");
    }

    // White space before the colon is obsolete, and still read by others (RFC 5322 section 4.5), some of which skip control characters
    // too, or join folded lines before they look for the colon.
    private static bool IsField(ReadOnlySpan<byte> line, ReadOnlySpan<byte> name)
    {
        if (line.Length < name.Length || !Ascii.EqualsIgnoreCase(line[..name.Length], name)) return false;
        var rest = line[name.Length..];
        var colon = rest.IndexOfAnyExceptInRange((byte)1, (byte)' ');
        return colon < 0 || rest[colon] == ':';
    }
}
