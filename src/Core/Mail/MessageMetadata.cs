namespace Postfleet.Core.Mail;

/// <summary>
/// What a sender notes about a message for its own use, such as the number of an order: texts by name, in order. No part of the message.
/// Compared by its entries.
/// </summary>
public sealed class MessageMetadata : IEquatable<MessageMetadata>
{
    /// <summary>The most entries.</summary>
    public const int MaxEntries = 16;

    /// <summary>The greatest length of a name, in characters.</summary>
    public const int MaxName = 64;

    /// <summary>The greatest length of a text, in characters.</summary>
    public const int MaxText = 256;

    /// <summary>Makes metadata of valid entries (<see cref="IsName"/>, <see cref="IsText"/>), at most <see cref="MaxEntries"/>.</summary>
    /// <param name="entries">The entries; each name once.</param>
    public MessageMetadata(IReadOnlyList<KeyValuePair<string, string>> entries) => Entries = entries;

    /// <summary>No entry.</summary>
    public static MessageMetadata None { get; } = new([]);

    /// <summary>The entries.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Entries { get; }

    /// <summary>Whether a text can be a name: 1 to 64 characters without control characters.</summary>
    public static bool IsName(string text) => text.Length is > 0 and <= MaxName && !text.Any(char.IsControl);

    /// <summary>Whether a text can be the text of an entry: at most 256 characters without control characters.</summary>
    public static bool IsText(string text) => text.Length <= MaxText && !text.Any(char.IsControl);

    /// <inheritdoc/>
    public bool Equals(MessageMetadata? other) => other is not null && Entries.SequenceEqual(other.Entries);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as MessageMetadata);

    /// <inheritdoc/>
    public override int GetHashCode() => Entries.Count == 0 ? 0 : Entries[0].GetHashCode();
}
