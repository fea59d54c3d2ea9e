using System.Buffers;

namespace Postfleet.Frontend.Protocol;

/// <summary>
/// Takes content in as chunks of known length (RFC 3030), without any stuffing. Its lines end with CRLF all the same: BINARYMIME is not offered, and what is taken may
/// have to be sent on with DATA. Pieces may be split anywhere.
/// </summary>
internal sealed class ChunkDecoder(ContentBuilder content, long maxLength) : ContentDecoder(content, maxLength)
{
    private bool _isAfterCr;

    /// <inheritdoc/>
    public override bool IsDone => false;

    /// <inheritdoc/>
    public override SequencePosition Decode(ReadOnlySequence<byte> input)
    {
        foreach (var memory in input) Take(memory.Span);
        return input.End;
    }

    /// <inheritdoc/>
    public override void End()
    {
        if (_isAfterCr) RefuseLineEnd();
    }

    private void Take(ReadOnlySpan<byte> octets)
    {
        if (octets.IsEmpty) return;
        if (!HasBareLineEnd && !HasLineEnds(octets)) RefuseLineEnd();
        _isAfterCr = octets[^1] == '\r';
        Append(octets);
    }

    // Every CR with its LF, and every LF with its CR; the CR may be the last octet of what came before, and the LF the first of what comes.
    private bool HasLineEnds(ReadOnlySpan<byte> octets)
    {
        if (_isAfterCr && octets[0] != '\n') return false;
        var i = _isAfterCr ? 1 : 0;
        while (octets[i..].IndexOfAny((byte)'\r', (byte)'\n') is >= 0 and var offset)
        {
            i += offset;
            if (octets[i] == '\n') return false;
            if (i + 1 == octets.Length) return true;
            if (octets[i + 1] != '\n') return false;
            i += 2;
        }

        return true;
    }
}
