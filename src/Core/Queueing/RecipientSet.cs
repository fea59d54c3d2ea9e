using System.Numerics;

namespace Postfleet.Core.Queueing;

/// <summary>
/// A set of recipients of a part, by their index in the part's envelope (0 to <see cref="MaxRecipients"/> - 1). Immutable. Up to 64
/// recipients, the usual case, take a single word without an allocation.
/// </summary>
public readonly struct RecipientSet : IEquatable<RecipientSet>
{
    /// <summary>The maximum number of recipients of a part.</summary>
    public const int MaxRecipients = 65_536;

    private readonly ulong _first;
    private readonly ulong[]? _rest;

    private RecipientSet(ulong first, ulong[]? rest)
    {
        _first = first;
        // Trailing empty words are dropped, which makes equal sets equal word by word.
        var length = rest?.Length ?? 0;
        while (length > 0 && rest![length - 1] == 0) length--;
        _rest = length == 0 ? null : length == rest!.Length ? rest : rest[..length];
    }

    /// <summary>The set of no recipient.</summary>
    public static RecipientSet Empty => default;

    /// <summary>The set of the first <paramref name="count"/> recipients.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The count is negative or above <see cref="MaxRecipients"/>.</exception>
    public static RecipientSet All(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, MaxRecipients);
        if (count <= 64) return new(Low(count), null);
        var rest = new ulong[(count - 1) / 64];
        for (var i = 0; i < rest.Length; i++) rest[i] = Low(Math.Min(64, count - 64 * (i + 1)));
        return new(ulong.MaxValue, rest);
    }

    /// <summary>The set of a single recipient.</summary>
    public static RecipientSet Of(int index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, MaxRecipients);
        if (index < 64) return new(1UL << index, null);
        var rest = new ulong[index / 64];
        rest[^1] = 1UL << (index % 64);
        return new(0, rest);
    }

    /// <summary>The set of several recipients.</summary>
    public static RecipientSet Of(IEnumerable<int> indexes)
    {
        ulong first = 0;
        ulong[] rest = [];
        foreach (var index in indexes)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(index, nameof(indexes));
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, MaxRecipients, nameof(indexes));
            var bit = 1UL << (index % 64);
            if (index < 64)
            {
                first |= bit;
                continue;
            }

            if (index / 64 > rest.Length) Array.Resize(ref rest, Math.Max(index / 64, Math.Min(2 * rest.Length, MaxRecipients / 64 - 1)));
            rest[index / 64 - 1] |= bit;
        }

        return new(first, rest);
    }

    /// <summary>A set from the word of its first 64 recipients and the words above it, as in the wire format.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There are more words than <see cref="MaxRecipients"/> fill.</exception>
    public static RecipientSet FromWords(ulong first, ReadOnlySpan<ulong> rest)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(rest.Length, MaxRecipients / 64 - 1, nameof(rest));
        return new(first, rest.IsEmpty ? null : rest.ToArray());
    }

    /// <summary>The word of the first 64 recipients.</summary>
    public ulong FirstWord => _first;

    /// <summary>The words above the first, the lowest first; none for sets within the first 64 recipients.</summary>
    public ReadOnlySpan<ulong> MoreWords => _rest;

    /// <summary>Whether no recipient is in the set.</summary>
    public bool IsEmpty => _first == 0 && _rest is null;

    /// <summary>How many recipients are in the set.</summary>
    public int Count
    {
        get
        {
            var count = BitOperations.PopCount(_first);
            foreach (var word in _rest ?? []) count += BitOperations.PopCount(word);
            return count;
        }
    }

    /// <summary>Whether a recipient is in the set.</summary>
    public bool Contains(int index) => index >= 0 && (Word(index / 64) >> (index % 64) & 1) != 0;

    /// <summary>The recipients in either set.</summary>
    public RecipientSet Union(RecipientSet other) => Combine(other, static (a, b) => a | b);

    /// <summary>The recipients in this set but not in the other.</summary>
    public RecipientSet Except(RecipientSet other) => Combine(other, static (a, b) => a & ~b);

    /// <summary>The recipients in both sets.</summary>
    public RecipientSet Intersect(RecipientSet other) => Combine(other, static (a, b) => a & b);

    /// <summary>The indexes, ascending.</summary>
    public IEnumerable<int> Indexes()
    {
        for (var w = 0; w <= (_rest?.Length ?? 0); w++)
        {
            for (var word = Word(w); word != 0; word &= word - 1) yield return 64 * w + BitOperations.TrailingZeroCount(word);
        }
    }

    /// <inheritdoc/>
    public bool Equals(RecipientSet other) => _first == other._first && (_rest ?? []).AsSpan().SequenceEqual(other._rest ?? []);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is RecipientSet other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => _rest is null ? _first.GetHashCode() : HashCode.Combine(_first, _rest.Length, _rest[^1]);

    /// <summary>Whether both sets hold the same recipients.</summary>
    public static bool operator ==(RecipientSet left, RecipientSet right) => left.Equals(right);

    /// <summary>Whether the sets differ.</summary>
    public static bool operator !=(RecipientSet left, RecipientSet right) => !left.Equals(right);

    /// <inheritdoc/>
    public override string ToString() => $"{{{string.Join(',', Indexes())}}}";

    private static ulong Low(int bits) => bits >= 64 ? ulong.MaxValue : (1UL << bits) - 1;

    private ulong Word(int index) => index == 0 ? _first : _rest is { } rest && index <= rest.Length ? rest[index - 1] : 0;

    private RecipientSet Combine(RecipientSet other, Func<ulong, ulong, ulong> combine)
    {
        var first = combine(_first, other._first);
        var length = Math.Max(_rest?.Length ?? 0, other._rest?.Length ?? 0);
        if (length == 0) return new(first, null);
        var rest = new ulong[length];
        for (var i = 0; i < length; i++) rest[i] = combine(Word(i + 1), other.Word(i + 1));
        return new(first, rest);
    }
}
