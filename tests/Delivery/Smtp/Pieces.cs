using System.Buffers;

namespace Postfleet.Delivery.Tests.Smtp;

/// <summary>Splits octets into segments of a given size, as a network would.</summary>
internal static class Pieces
{
    public static ReadOnlySequence<byte> Of(byte[] octets, int size)
    {
        if (octets.Length == 0) return ReadOnlySequence<byte>.Empty;
        Segment? first = null, last = null;
        foreach (var chunk in octets.Chunk(size))
        {
            var next = new Segment(chunk, last);
            first ??= next;
            last = next;
        }

        return new ReadOnlySequence<byte>(first!, 0, last!, last!.Memory.Length);
    }

    private sealed class Segment : ReadOnlySequenceSegment<byte>
    {
        public Segment(byte[] octets, Segment? before)
        {
            Memory = octets;
            if (before is null) return;
            RunningIndex = before.RunningIndex + before.Memory.Length;
            before.Next = this;
        }
    }
}
