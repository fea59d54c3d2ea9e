using System.Buffers;
using Postfleet.Core.Mail;
using Postfleet.Frontend.Protocol;

namespace Postfleet.Frontend.Filters.Protocol;

/// <summary>The new body that a filter sends in pieces. Lone LF become CRLF, as with Postfix; no other octets end a line. Pure.</summary>
/// <param name="maxLength">The greatest length in octets.</param>
internal sealed class BodyReplacement(long maxLength)
{
    private readonly ContentBuilder _body = new([]);
    private bool _isInLineEnd;
    private byte _last;

    /// <summary>The length so far.</summary>
    public long Length => _body.Length;

    /// <summary>Appends a piece.</summary>
    /// <exception cref="FilterException">The body is too long, or has a lone CR or a NUL.</exception>
    public void Append(ReadOnlySequence<byte> data)
    {
        if (_body.Length + data.Length > maxLength) throw FilterException.Malformed($"its new body has more than {maxLength} octets");
        foreach (var memory in data) Append(memory.Span);
    }

    /// <summary>The finished body, which ends with a line end.</summary>
    /// <exception cref="FilterException">The body ends within a line end.</exception>
    public MessageContent Finish()
    {
        if (_isInLineEnd) throw LoneCarriageReturn();
        if (_last != '\n' && _body.Length > 0) _body.Append("\r\n"u8);
        return _body.Build();
    }

    private static FilterException LoneCarriageReturn() => FilterException.Malformed("its new body has a CR without LF");

    private void Append(ReadOnlySpan<byte> octets)
    {
        while (!octets.IsEmpty)
        {
            if (_isInLineEnd && octets[0] != '\n') throw LoneCarriageReturn();
            var end = octets.IndexOfAny((byte)'\r', (byte)'\n', (byte)0);
            if (end < 0)
            {
                _body.Append(octets);
                _last = octets[^1];
                return;
            }

            _body.Append(octets[..end]);
            _last = octets[end];
            _isInLineEnd = _last == '\r';
            if (_last == 0) throw FilterException.Malformed("its new body has a NUL");
            if (_last == '\n') _body.Append("\r\n"u8);
            octets = octets[(end + 1)..];
        }
    }
}
