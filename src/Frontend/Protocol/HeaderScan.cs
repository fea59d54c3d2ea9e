using System.Buffers;
using System.Text;
using Postfleet.Core.Mail;

namespace Postfleet.Frontend.Protocol;

/// <summary>A header field in a content.</summary>
/// <param name="Start">Where the field begins, in octets.</param>
/// <param name="Length">Its length with all of its lines and their CRLF, in octets.</param>
internal readonly record struct HeaderField(long Start, long Length);

/// <summary>What a session needs to know of the header of a message, read in one pass. Pure.</summary>
/// <param name="Hops">The number of Received fields.</param>
/// <param name="Own">The fields for this host (<see cref="OwnHeader"/>) in their order; null for none.</param>
internal readonly record struct HeaderScan(int Hops, IReadOnlyList<HeaderField>? Own)
{
    /// <summary>The fields of idempotency keys (<see cref="KeyHeader"/>); null for none.</summary>
    public IReadOnlyList<HeaderField>? Keys { get; private init; }

    /// <summary>The fields of streams (<see cref="StreamHeader"/>); null for none.</summary>
    public IReadOnlyList<HeaderField>? Streams { get; private init; }

    /// <summary>
    /// The marks of checks of inbound mail (<see cref="QuarantineHeader"/>, <see cref="ScoreHeader"/>); null for none.
    /// </summary>
    public IReadOnlyList<HeaderField>? Marks { get; private init; }

    /// <summary>Whether the header has more fields for this host than a message may have; the rest of it was not read.</summary>
    public bool HasTooManyFields => Own?.Count > OwnHeader.MaxFields;

    // The length of "received:"; longer names are compared when their beginning is equal.
    private const int Begin = 9;

    /// <summary>
    /// Where the first line that belongs to no field is (<see cref="HeaderLine"/>); null for none. Fields behind it are read all the same,
    /// since some readers see them.
    /// </summary>
    public long? BrokenAt { get; private init; }

    /// <summary>Reads a header, up to the first empty line.</summary>
    /// <param name="content">The content.</param>
    /// <param name="traceLength">The length of this host's trace header, which no line of the client continues.</param>
    public static HeaderScan Read(ReadOnlySequence<byte> content, int traceLength = 0)
    {
        var reader = new SequenceReader<byte>(content);
        var hops = 0;
        List<HeaderField>? own = null, keys = null, streams = null, marks = null;
        List<HeaderField>? open = null;
        long? brokenAt = null;
        Span<byte> begin = stackalloc byte[Begin];
        for (var start = 0L; reader.TryReadTo(out ReadOnlySequence<byte> line, "\r\n"u8); start = reader.Consumed)
        {
            if (line.IsEmpty) break;
            if (HeaderLine.Continues(line.FirstSpan[0]) && start != traceLength)
            {
                if (open is not null) own![^1] = open[^1] = open[^1] with { Length = reader.Consumed - open[^1].Start };
                continue;
            }

            open = null;
            var length = (int)Math.Min(Begin, line.Length);
            line.Slice(0, length).CopyTo(begin);
            if (length == Begin && Ascii.EqualsIgnoreCase(begin, KeyHeader.Name[..Begin]))
            {
                open = OwnHeader.IsField(line, KeyHeader.Name) ? keys ??= []
                    : OwnHeader.IsField(line, StreamHeader.Name) ? streams ??= []
                    : OwnHeader.IsField(line, QuarantineHeader.Name) || OwnHeader.IsField(line, ScoreHeader.Name) ? marks ??= [] : null;
            }

            if (open is null)
            {
                // A field for this host is removed also where its line is malformed.
                if (brokenAt is null && !HeaderLine.BeginsField(line)) brokenAt = start;
                if (length == Begin && Ascii.EqualsIgnoreCase(begin, "received:"u8)) hops++;
                continue;
            }

            var field = new HeaderField(start, reader.Consumed - start);
            open.Add(field);
            (own ??= []).Add(field);
            if (own.Count > OwnHeader.MaxFields) break;
        }

        return new HeaderScan(hops, own) { Keys = keys, Streams = streams, Marks = marks, BrokenAt = brokenAt };
    }
}
