using System.Buffers;

namespace Postfleet.Frontend.Tests.Protocol;

/// <summary>Sequences of several segments.</summary>
internal static class Sequences
{
    /// <summary>The octets in two segments, cut at a place; the first may be empty.</summary>
    public static ReadOnlySequence<byte> Split(ReadOnlyMemory<byte> octets, int at)
    {
        var first = new Segment(octets[..at], 0);
        var last = new Segment(octets[at..], at);
        first.Append(last);
        return new ReadOnlySequence<byte>(first, 0, last, last.Memory.Length);
    }

    private sealed class Segment : ReadOnlySequenceSegment<byte>
    {
        public Segment(ReadOnlyMemory<byte> memory, long start) => (Memory, RunningIndex) = (memory, start);

        public void Append(Segment next) => Next = next;
    }
}
