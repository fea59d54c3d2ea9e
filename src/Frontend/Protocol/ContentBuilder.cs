using System.Buffers;
using System.Text;
using Postfleet.Core.Mail;

namespace Postfleet.Frontend.Protocol;

/// <summary>
/// Collects the content of a message in segments below the size of the large object heap, and never copies a full segment. The segments
/// are not pooled: they are immutable once the content is built, and stay valid as long as the content is referenced.
/// </summary>
/// <param name="header">The header above the received content.</param>
internal sealed class ContentBuilder(byte[] header)
{
    private const int SecondSegment = 8 * 1024;
    private const int MaxSegment = 64 * 1024;

    // Extra capacity of the first segment, beyond the reserved octets.
    private const int ExtraCapacity = 512;

    private Segment? _first;
    private Segment? _last;
    private bool _isCleared;

    /// <summary>Length in octets, the header included; 0 after <see cref="Clear"/>.</summary>
    public long Length => _last is not null ? _last.RunningIndex + _last.Used : _isCleared ? 0 : header.Length;

    /// <summary>Whether the received content has an octet above 127.</summary>
    public bool HasEightBit { get; private set; }

    /// <summary>Creates the first segment with a capacity for this many octets, unless it exists.</summary>
    public void Reserve(long octets)
    {
        if (_last is null && !_isCleared) Begin(octets + ExtraCapacity);
    }

    /// <summary>Appends octets to the content.</summary>
    public void Append(ReadOnlySpan<byte> octets)
    {
        if (!HasEightBit && !Ascii.IsValid(octets)) HasEightBit = true;
        while (!octets.IsEmpty)
        {
            if (_last is null) Begin(octets.Length + ExtraCapacity);
            else if (_last.Free == 0) _last = _last.Extend(Math.Clamp(2 * _last.Capacity, SecondSegment, MaxSegment));
            octets = octets[_last!.Write(octets)..];
        }
    }

    /// <summary>Drops header and content.</summary>
    public void Clear()
    {
        _first = _last = null;
        _isCleared = true;
        HasEightBit = false;
    }

    /// <summary>Builds the content. Nothing may be appended afterwards.</summary>
    public MessageContent Build()
    {
        if (_last is null) Begin(0);
        for (var segment = _first; segment is not null; segment = (Segment?)segment.Next) segment.Seal();
        return new MessageContent(new ReadOnlySequence<byte>(_first!, 0, _last!, _last!.Used));
    }

    private void Begin(long capacity)
    {
        var above = _isCleared ? [] : header.AsSpan();
        _first = _last = new Segment((int)Math.Min(above.Length + capacity, Math.Max(MaxSegment, above.Length)), 0);
        _last.Write(above);
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

        public int Write(ReadOnlySpan<byte> octets)
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
