using System.Buffers;
using Postfleet.Core.Mail;

namespace Postfleet.Frontend.Protocol;

/// <summary>Prepends header fields to finished content without copying the content.</summary>
internal static class AddedHeaders
{
    /// <summary>The header fields, in their order, followed by the content.</summary>
    /// <param name="content">The content.</param>
    /// <param name="headers">The header fields, each with its CRLF.</param>
    public static MessageContent Above(MessageContent content, IReadOnlyList<ReadOnlyMemory<byte>> headers)
    {
        Segment? first = null;
        Segment? last = null;
        foreach (var header in headers) Add(header);
        foreach (var memory in content.Octets) Add(memory);
        return first is null ? content : new MessageContent(new ReadOnlySequence<byte>(first, 0, last!, last!.Memory.Length));

        void Add(ReadOnlyMemory<byte> memory)
        {
            last = new Segment(memory, last);
            first ??= last;
        }
    }

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
