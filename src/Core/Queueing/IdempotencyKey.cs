namespace Postfleet.Core.Queueing;

/// <summary>
/// The key by which a sender repeats a submission without a second message: within <see cref="Lifetime"/>, the first message with a key is
/// stored, and no other.
/// </summary>
/// <param name="Owner">The sender. Keys of different owners never meet.</param>
/// <param name="Key">The key as the sender chose it; valid by <see cref="IsValid"/>.</param>
/// <param name="Hash">
/// The SHA-256 of what the sender submitted. A repetition has the same hash; another hash with the same key is a fault of the sender.
/// </param>
public sealed record IdempotencyKey(string Owner, string Key, ReadOnlyMemory<byte> Hash)
{
    /// <summary>The greatest length of a key, in characters.</summary>
    public const int MaxLength = 255;

    /// <summary>The form of a key, in words, for error texts.</summary>
    public const string Form = "1 to 255 printable ASCII characters, without a space at either end";

    /// <summary>How long a key is remembered, counted from the acceptance of its message.</summary>
    public static TimeSpan Lifetime { get; } = TimeSpan.FromHours(24);

    /// <summary>Whether a text is a key.</summary>
    public static bool IsValid(ReadOnlySpan<char> text) =>
        text.Length is > 0 and <= MaxLength && text[0] != ' ' && text[^1] != ' ' && !text.ContainsAnyExceptInRange(' ', '~');

    /// <summary>The result for a submission whose key is already stored.</summary>
    /// <param name="hash">The stored hash.</param>
    /// <param name="id">The message of the stored key.</param>
    public StoreResult Repeated(ReadOnlySpan<byte> hash, MessageId id) =>
        Hash.Span.SequenceEqual(hash) ? StoreResult.StoredBefore(id) : StoreResult.KeyConflict;
}
