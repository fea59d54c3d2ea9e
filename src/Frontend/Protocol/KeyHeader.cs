using System.Buffers;
using Postfleet.Core.Queueing;

namespace Postfleet.Frontend.Protocol;

/// <summary>The header field by which a client gives the idempotency key of a message (<see cref="OwnHeader"/>). Pure.</summary>
internal static class KeyHeader
{
    // A key of the greatest length, folded into lines of one character.
    private const int MaxValue = 4 * IdempotencyKey.MaxLength;

    /// <summary>The name of the field.</summary>
    public static ReadOnlySpan<byte> Name => "X-Postfleet-Idempotency-Key"u8;

    /// <summary>The key in the only field of a header; null where the fields have no valid key.</summary>
    public static string? Read(ReadOnlySequence<byte> content, IReadOnlyList<HeaderField> fields) =>
        OwnHeader.Read(content, fields, Name.Length + 1 + MaxValue) is { } key && IdempotencyKey.IsValid(key) ? key : null;
}
