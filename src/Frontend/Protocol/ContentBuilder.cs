using System.Buffers;
using System.Text;
using Postfleet.Core.Mail;

namespace Postfleet.Frontend.Protocol;

/// <summary>
/// Gathers the content of one message in segments that stay below the large object heap, without ever copying what is there already. The segments are
/// never written again once the content is built, so no pool can take them back too early.
/// </summary>
internal sealed class ContentBuilder
{
    private const int FirstSegment = 8 * 1024;
    private const int MaxSegment = 64 * 1024;

    private Segment _first;
    private Segment _last;

    public ContentBuilder() => _first = _last = new Segment(FirstSegment, 0);

    /// <summary>Octets so far.</summary>
    public long Length => _last.RunningIndex + _last.Used;

    /// <summary>Whether an octet above 127 is among them.</summary>
    public bool HasEightBit { get; private set; }

    public void Append(ReadOnlySpan<byte> octets)
    {
        if (!HasEightBit && !Ascii.IsValid(octets)) HasEightBit = true;
        while (!octets.IsEmpty)
        {
            if (_last.Free == 0) _last = _last.Extend(Math.Clamp(2 * _last.Capacity, FirstSegment, MaxSegment));
            octets = octets[_last.Take(octets)..];
        }
    }

    /// <summary>Lets go of what there is.</summary>
    public void Clear()
    {
        if (Length == 0) return;
        _first = _last = new Segment(0, 0);
        HasEightBit = false;
    }

    /// <summary>The content; nothing may be appended after.</summary>
    public MessageContent Build()
    {
        for (var segment = _first; segment is not null; segment = (Segment?)segment.Next) segment.Seal();
        return new MessageContent(new ReadOnlySequence<byte>(_first, 0, _last, _last.Used));
    }

    private sealed class Segment : ReadOnlySequenceSegment<byte>
    {
        private readonly byte[] _octets;

        public Segment(int capacity, long start)
        {
            _octets = GC.AllocateUninitializedArray<byte>(capacity);
            Memory = _octets;
            RunningIndex = start;
        }

        public int Used { get; private set; }

        public int Capacity => _octets.Length;

        public int Free => _octets.Length - Used;

        public int Take(ReadOnlySpan<byte> octets)
        {
            var count = Math.Min(octets.Length, Free);
            octets[..count].CopyTo(_octets.AsSpan(Used));
            Used += count;
            return count;
        }

        public Segment Extend(int capacity)
        {
            var next = new Segment(capacity, RunningIndex + Used);
            Next = next;
            return next;
        }

        public void Seal() => Memory = _octets.AsMemory(0, Used);
    }
}
