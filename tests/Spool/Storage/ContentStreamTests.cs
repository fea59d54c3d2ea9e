using System.Buffers;
using CsCheck;
using Postfleet.Spool.Storage;

namespace Postfleet.Spool.Tests.Storage;

public sealed class ContentStreamTests
{
    [Fact]
    public void The_stream_reads_the_whole_content_for_any_pieces() =>
        Gen.Select(Gen.Byte.Array[0, 50], Gen.Int[1, 20], Gen.Int[1, 30], Gen.Int[0, 50]).Sample((octets, piece, read, from) =>
        {
            using var stream = new ContentStream(Split(octets, piece));
            Assert.Equal(octets.Length, stream.Length);
            stream.Position = Math.Min(from, octets.Length);
            List<byte> found = [];
            var buffer = new byte[read];
            int count;
            while ((count = stream.Read(buffer)) > 0) found.AddRange(buffer.AsSpan(0, count));
            Assert.Equal(octets[Math.Min(from, octets.Length)..], found);
            Assert.Equal(stream.Length, stream.Position);
            Assert.Equal(0, stream.Seek(0, SeekOrigin.Begin));
        });

    private static ReadOnlySequence<byte> Split(byte[] octets, int piece)
    {
        var first = new Segment([], null);
        var last = first;
        foreach (var part in octets.Chunk(piece)) last = new Segment(part, last);
        return new ReadOnlySequence<byte>(first, 0, last, last.Memory.Length);
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
