using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;

namespace Postfleet.Core.Queueing;

/// <summary>
/// The id of an accepted message, unique over the cluster and over time, and ordered by the time of acceptance. 128 bits laid out as UUID
/// version 7 (RFC 9562 section 5.7); written as 26 characters of Crockford base 32, as a ULID is.
/// </summary>
public readonly record struct MessageId : IComparable<MessageId>
{
    /// <summary>Length of the text form, in characters.</summary>
    public const int TextLength = 26;

    /// <summary>Length of the binary form, in bytes, big endian.</summary>
    public const int ByteLength = 16;

    private const string Alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

    private readonly UInt128 _value;

    private MessageId(UInt128 value) => _value = value;

    /// <summary>The upper 64 bits, which begin with the time in milliseconds.</summary>
    public ulong High => (ulong)(_value >> 64);

    /// <summary>The lower 64 bits, random.</summary>
    public ulong Low => (ulong)_value;

    /// <summary>Creates an id for a message accepted at <paramref name="now"/>.</summary>
    public static MessageId New(DateTimeOffset now)
    {
        Span<byte> bytes = stackalloc byte[ByteLength];
        Guid.CreateVersion7(now).TryWriteBytes(bytes, bigEndian: true, out _);
        return FromBytes(bytes);
    }

    /// <summary>Puts an id together from its two halves, as they stand in the wire format.</summary>
    public static MessageId FromHalves(ulong high, ulong low) => new(new UInt128(high, low));

    /// <summary>Reads the binary form.</summary>
    /// <exception cref="ArgumentException">The span is not 16 bytes long.</exception>
    public static MessageId FromBytes(ReadOnlySpan<byte> bytes) =>
        bytes.Length == ByteLength
            ? new MessageId(BinaryPrimitives.ReadUInt128BigEndian(bytes))
            : throw new ArgumentException($"a message id is {ByteLength} bytes, not {bytes.Length}", nameof(bytes));

    /// <summary>Reads the text form; letters of either case.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out MessageId id)
    {
        id = default;
        if (text is not { Length: TextLength }) return false;
        UInt128 value = 0;
        for (var i = 0; i < TextLength; i++)
        {
            // Only ASCII letters are folded: in Unicode, other characters have an ASCII letter as their upper case.
            var c = char.IsAsciiLetterLower(text[i]) ? (char)(text[i] - ('a' - 'A')) : text[i];
            var digit = Alphabet.IndexOf(c, StringComparison.Ordinal);
            // 26 digits hold 130 bits: the first digit may carry three bits only.
            if (digit < 0 || (i == 0 && digit > 7)) return false;
            value = (value << 5) | (uint)digit;
        }

        id = new MessageId(value);
        return true;
    }

    /// <summary>The UUID with the same bits, for engines with a UUID type.</summary>
    public Guid ToGuid()
    {
        Span<byte> bytes = stackalloc byte[ByteLength];
        WriteTo(bytes);
        return new Guid(bytes, bigEndian: true);
    }

    /// <summary>The id with the same bits as a UUID.</summary>
    public static MessageId FromGuid(Guid guid)
    {
        Span<byte> bytes = stackalloc byte[ByteLength];
        guid.TryWriteBytes(bytes, bigEndian: true, out _);
        return FromBytes(bytes);
    }

    /// <summary>Writes the binary form to the first 16 bytes of <paramref name="destination"/>.</summary>
    public void WriteTo(Span<byte> destination) => BinaryPrimitives.WriteUInt128BigEndian(destination, _value);

    /// <summary>The binary form as an array.</summary>
    public byte[] ToByteArray()
    {
        var bytes = new byte[ByteLength];
        WriteTo(bytes);
        return bytes;
    }

    /// <inheritdoc/>
    public int CompareTo(MessageId other) => _value.CompareTo(other._value);

    /// <summary>Whether the left id is less than the right id.</summary>
    public static bool operator <(MessageId left, MessageId right) => left._value < right._value;

    /// <summary>Whether the left id is greater than the right id.</summary>
    public static bool operator >(MessageId left, MessageId right) => left._value > right._value;

    /// <summary>Whether the left id is less than or equal to the right id.</summary>
    public static bool operator <=(MessageId left, MessageId right) => left._value <= right._value;

    /// <summary>Whether the left id is greater than or equal to the right id.</summary>
    public static bool operator >=(MessageId left, MessageId right) => left._value >= right._value;

    /// <summary>The text form, upper case.</summary>
    public override string ToString() => string.Create(TextLength, _value, static (chars, value) =>
    {
        for (var i = TextLength - 1; i >= 0; i--)
        {
            chars[i] = Alphabet[(int)(uint)(value & 31)];
            value >>= 5;
        }
    });
}
