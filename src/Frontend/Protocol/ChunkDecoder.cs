using System.Buffers;

namespace Postfleet.Frontend.Protocol;

/// <summary>
/// Takes content in as chunks of known length (RFC 3030), without any stuffing. Its lines end with CRLF all the same: BINARYMIME is not
/// offered, and what is taken may have to be sent on with DATA. Pieces may be split anywhere.
/// </summary>
/// <param name="content">Where the content goes.</param>
/// <param name="maxLength">Most octets of content.</param>
/// <param name="takesBareLf">Whether an LF without CR ends a line and becomes CRLF; otherwise it refuses the message.</param>
internal sealed class ChunkDecoder(ContentBuilder content, long maxLength, bool takesBareLf)
    : ContentDecoder(content, maxLength, takesBareLf)
{
    private bool _isAfterCr;

    /// <inheritdoc/>
    public override bool IsDone => false;

    /// <inheritdoc/>
    public override SequencePosition Decode(ReadOnlySequence<byte> input)
    {
        foreach (var memory in input) if (!memory.IsEmpty) Take(memory.Span);
        return input.End;
    }

    /// <inheritdoc/>
    public override void End()
    {
        if (_isAfterCr) RefuseLineEnd();
    }

    // Every CR with its LF, and every LF with its CR; the CR may be the last octet of what came before, and the LF the first of what comes.
    private void Take(ReadOnlySpan<byte> octets)
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
