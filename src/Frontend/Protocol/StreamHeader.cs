using System.Buffers;
using Postfleet.Core.Queueing;

namespace Postfleet.Frontend.Protocol;

/// <summary>The header field by which a client chooses the stream of a message (<see cref="OwnHeader"/>). Pure.</summary>
internal static class StreamHeader
{
    // A name of the greatest length, folded into lines of one character.
    private const int MaxValue = 4 * QueueKey.MaxStreamLength;

    /// <summary>The name of the field.</summary>
    public static ReadOnlySpan<byte> Name => "X-Postfleet-Stream"u8;

    /// <summary>The stream in the only field of a header, in lower case; null where the fields have no valid name.</summary>
    public static string? Read(ReadOnlySequence<byte> content, IReadOnlyList<HeaderField> fields) =>
        OwnHeader.Read(content, fields, Name.Length + 1 + MaxValue)?.ToLowerInvariant() is { } name && QueueKey.IsStream(name) ? name
            : null;
}
