using System.Buffers;

namespace Postfleet.Core.Mail;

/// <summary>Joins pieces of finished contents to one content without copying them.</summary>
public sealed class ContentPieces
{
    private Segment? _first;
    private Segment? _last;

    /// <summary>Appends a piece.</summary>
    public void Add(ReadOnlySequence<byte> piece)
    {
        foreach (var memory in piece) Add(memory);
    }

    /// <inheritdoc cref="Add(ReadOnlySequence{byte})"/>
    public void Add(ReadOnlyMemory<byte> piece)
    {
        if (piece.IsEmpty) return;
        _last = new Segment(piece, _last);
        _first ??= _last;
    }

    /// <summary>The joined content.</summary>
    public MessageContent Build() =>
        new(_first is null ? default : new ReadOnlySequence<byte>(_first, 0, _last!, _last!.Memory.Length));

    private sealed class Segment : ReadOnlySequenceSegment<byte>
    {
        public Segment(ReadOnlyMemory<byte> memory, Segment? before)
        {
            Memory = memory;
            if (before is null) return;
            RunningIndex = before.RunningIndex + before.Memory.Length;
            before.Next = this;
        }
    }
}
