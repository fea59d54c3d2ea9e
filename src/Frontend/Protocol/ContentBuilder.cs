using System.Buffers;
using System.Text;
using Postfleet.Core.Mail;

namespace Postfleet.Frontend.Protocol;

/// <summary>
/// Gathers the content of one message in segments that stay below the large object heap, without ever copying what is there already. The
/// segments are never written again once the content is built, so no pool can take them back too early.
/// </summary>
/// <param name="header">What stands above the content.</param>
internal sealed class ContentBuilder(byte[] header)
{
    private const int SecondSegment = 8 * 1024;
    private const int MaxSegment = 64 * 1024;

    // For what comes behind the octets that were expected.
    private const int FirstRoom = 512;

    private Segment? _first;
    private Segment? _last;
    private bool _isCleared;

    /// <summary>Octets so far.</summary>
    public long Length => _last is not null ? _last.RunningIndex + _last.Used : _isCleared ? 0 : header.Length;

    /// <summary>Whether an octet above 127 is among them.</summary>
    public bool HasEightBit { get; private set; }

    /// <summary>So many octets are about to come, at least: the first segment fits them.</summary>
    public void Expect(long octets)
    {
        if (_last is null && !_isCleared) Begin(octets + FirstRoom);
    }

    /// <summary>Adds octets to the content.</summary>
    public void Append(ReadOnlySpan<byte> octets)
    {
        if (!HasEightBit && !Ascii.IsValid(octets)) HasEightBit = true;
        while (!octets.IsEmpty)
        {
            if (_last is null) Begin(octets.Length + FirstRoom);
            else if (_last.Free == 0) _last = _last.Extend(Math.Clamp(2 * _last.Capacity, SecondSegment, MaxSegment));
            octets = octets[_last!.Take(octets)..];
        }
    }

    /// <summary>Lets go of what there is.</summary>
    public void Clear()
    {
        _first = _last = null;
        _isCleared = true;
        HasEightBit = false;
    }

    /// <summary>The content; nothing may be appended after.</summary>
    public MessageContent Build()
    {
        if (_last is null) Begin(0);
        for (var segment = _first; segment is not null; segment = (Segment?)segment.Next) segment.Seal();
        return new MessageContent(new ReadOnlySequence<byte>(_first!, 0, _last!, _last!.Used));
    }

    private void Begin(long room)
    {
        var above = _isCleared ? [] : header.AsSpan();
        _first = _last = new Segment((int)Math.Min(above.Length + room, Math.Max(MaxSegment, above.Length)), 0);
        _last.Take(above);
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
