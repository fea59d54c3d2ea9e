using System.Buffers.Binary;
using System.Numerics;

namespace Postfleet.Authentication.Sasl;

/// <summary>
/// MD5 (RFC 1321) from a given state on. The platform's MD5 cannot start from the state of a padded key, which is what is stored for
/// CRAM-MD5 in place of the password.
/// </summary>
internal static class Md5State
{
    /// <summary>The octets of a state, and of a hash.</summary>
    public const int Length = 16;

    /// <summary>The octets of a block.</summary>
    public const int BlockLength = 64;

    private static readonly int[] Shifts = [7, 12, 17, 22, 5, 9, 14, 20, 4, 11, 16, 23, 6, 10, 15, 21];

    private static readonly uint[] Sines = [.. Enumerable.Range(1, 64).Select(i => (uint)(Math.Abs(Math.Sin(i)) * 4294967296))];

    /// <summary>The state before the first block.</summary>
    public static ReadOnlySpan<byte> Initial =>
    [
        0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef, 0xfe, 0xdc, 0xba, 0x98, 0x76, 0x54, 0x32, 0x10,
    ];

    /// <summary>The state after one more block.</summary>
    /// <param name="state">The state, of <see cref="Length"/> octets: four words in little-endian order.</param>
    /// <param name="block">The block, of <see cref="BlockLength"/> octets.</param>
    public static byte[] Add(ReadOnlySpan<byte> state, ReadOnlySpan<byte> block)
    {
        var (a0, b0, c0, d0) = (Word(state, 0), Word(state, 1), Word(state, 2), Word(state, 3));
        var (a, b, c, d) = (a0, b0, c0, d0);
        for (var i = 0; i < 64; i++)
        {
            var (f, word) = (i / 16) switch
            {
                0 => ((b & c) | (~b & d), i),
                1 => ((d & b) | (~d & c), (5 * i) + 1),
                2 => (b ^ c ^ d, (3 * i) + 5),
                _ => (c ^ (b | ~d), 7 * i),
            };
            var sum = a + f + Sines[i] + Word(block, word % 16);
            (a, d, c, b) = (d, c, b, b + BitOperations.RotateLeft(sum, Shifts[(i / 16 * 4) + (i % 4)]));
        }

        var next = new byte[Length];
        BinaryPrimitives.WriteUInt32LittleEndian(next, a0 + a);
        BinaryPrimitives.WriteUInt32LittleEndian(next.AsSpan(4), b0 + b);
        BinaryPrimitives.WriteUInt32LittleEndian(next.AsSpan(8), c0 + c);
        BinaryPrimitives.WriteUInt32LittleEndian(next.AsSpan(12), d0 + d);
        return next;
    }

    /// <summary>The hash after the rest of the input.</summary>
    /// <param name="state">The state.</param>
    /// <param name="before">The octets that have led to the state; a multiple of <see cref="BlockLength"/>.</param>
    /// <param name="rest">The rest of the input.</param>
    public static byte[] Finish(ReadOnlySpan<byte> state, int before, ReadOnlySpan<byte> rest)
    {
        // A one, zeros, and the length in bits in the last eight octets of a block.
        var padded = new byte[(rest.Length + 1 + sizeof(ulong) + BlockLength - 1) / BlockLength * BlockLength];
        rest.CopyTo(padded);
        padded[rest.Length] = 0x80;
        BinaryPrimitives.WriteUInt64LittleEndian(padded.AsSpan(padded.Length - sizeof(ulong)), (ulong)(before + rest.Length) * 8);
        var current = state;
        for (var i = 0; i < padded.Length; i += BlockLength) current = Add(current, padded.AsSpan(i, BlockLength));
        return current.ToArray();
    }

    private static uint Word(ReadOnlySpan<byte> octets, int index) => BinaryPrimitives.ReadUInt32LittleEndian(octets[(index * 4)..]);
}
