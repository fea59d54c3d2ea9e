using System.Buffers;
using System.Text;

namespace Postfleet.Frontend.Protocol;

/// <summary>A header field in a content.</summary>
/// <param name="Start">Where the field begins, in octets.</param>
/// <param name="Length">Its length with all of its lines and their CRLF, in octets.</param>
internal readonly record struct HeaderField(long Start, long Length);

/// <summary>What a session needs to know of the header of a message, read in one pass. Pure.</summary>
/// <param name="Hops">The number of Received fields.</param>
/// <param name="Keys">The fields of idempotency keys (<see cref="KeyHeader"/>); null for none.</param>
internal readonly record struct HeaderScan(int Hops, IReadOnlyList<HeaderField>? Keys)
{
    // The length of "received:"; longer names are compared when their beginning is equal.
    private const int Begin = 9;

    /// <summary>Reads a header, up to the first empty line.</summary>
    public static HeaderScan Read(ReadOnlySequence<byte> content)
    {
        var reader = new SequenceReader<byte>(content);
        var hops = 0;
        List<HeaderField>? keys = null;
        var isInKey = false;
        Span<byte> begin = stackalloc byte[Begin];
        for (var start = 0L; reader.TryReadTo(out ReadOnlySequence<byte> line, "\r\n"u8); start = reader.Consumed)
        {
            if (line.IsEmpty) break;
            var length = (int)Math.Min(Begin, line.Length);
            line.Slice(0, length).CopyTo(begin);
            if (begin[0] is (byte)' ' or (byte)'\t')
            {
                if (isInKey) keys![^1] = keys[^1] with { Length = reader.Consumed - keys[^1].Start };
                continue;
            }

            isInKey = false;
            if (length < Begin) continue;
            if (Ascii.EqualsIgnoreCase(begin, "received:"u8))
            {
                hops++;
            }
            else if (Ascii.EqualsIgnoreCase(begin, KeyHeader.Name[..Begin]) && KeyHeader.IsKey(line))
            {
                isInKey = true;
                (keys ??= []).Add(new HeaderField(start, reader.Consumed - start));
            }
        }

        return new HeaderScan(hops, keys);
    }
}
