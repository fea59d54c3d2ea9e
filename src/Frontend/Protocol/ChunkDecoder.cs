using System.Buffers;

namespace Postfleet.Frontend.Protocol;

/// <summary>
/// Decodes content in chunks of known length (RFC 3030), which has no dot-stuffing. Lines must end with CRLF as with DATA: BINARYMIME is
/// not offered, and the message may have to be relayed with DATA. Input may be split anywhere.
/// </summary>
/// <param name="content">Collects the content.</param>
/// <param name="maxLength">Greatest length of the content in octets, the trace header included.</param>
/// <param name="acceptsBareLf">Whether an LF without CR ends a line and becomes CRLF; otherwise it refuses the message.</param>
internal sealed class ChunkDecoder(ContentBuilder content, long maxLength, bool acceptsBareLf)
    : ContentDecoder(content, maxLength, acceptsBareLf)
{
    private bool _isAfterCr;

    /// <inheritdoc/>
    public override bool IsDone => false;

    /// <inheritdoc/>
    public override SequencePosition Decode(ReadOnlySequence<byte> input)
    {
        foreach (var memory in input) if (!memory.IsEmpty) Scan(memory.Span);
        return input.End;
    }

    /// <inheritdoc/>
    public override void End()
    {
        if (_isAfterCr) RefuseLineEnd();
    }

    // Checks for CR without LF and LF without CR, also across the pieces of the input.
    private void Scan(ReadOnlySpan<byte> octets)
    {
        if (_isAfterCr && octets[0] != '\n') RefuseLineEnd();
        var (kept, i) = (0, _isAfterCr && octets[0] == '\n' ? 1 : 0);
        while (octets[i..].IndexOfAny((byte)'\r', (byte)'\n') is >= 0 and var offset)
        {
            i += offset + 1;
            if (octets[i - 1] == '\n')
            {
                Append(octets[kept..(i - 1)]);
                EndBareLine();
                kept = i;
            }
            else if (i < octets.Length && octets[i++] != '\n')
            {
                RefuseLineEnd();
            }
        }

        _isAfterCr = octets[^1] == '\r';
        Append(octets[kept..]);
    }
}
