using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Postfleet.Frontend.Authentication;

/// <summary>
/// The name of an attempt to log in, as <see cref="GuessGuard"/> counts it: a keyed hash, since people type passwords into the wrong field.
/// </summary>
/// <param name="Hash">The hash; 0 for no name.</param>
/// <param name="User">The user of that name; empty for none.</param>
/// <param name="IsShared">Whether other nodes hash with the same key.</param>
internal readonly record struct GuessName(UInt128 Hash, string User, bool IsShared)
{
    // Until the key of all nodes is known.
    private static readonly byte[] OwnKey = RandomNumberGenerator.GetBytes(32);

    /// <summary>Whether it is the name of a user.</summary>
    public bool IsKnown => !string.IsNullOrEmpty(User);

    /// <summary>Whether a report of the attempt means the same on other nodes.</summary>
    public bool IsPortable => IsShared || Hash == 0;

    /// <summary>The name of an attempt.</summary>
    /// <param name="name">The normalised name; empty for none.</param>
    /// <param name="isKnown">Whether it is the name of a user.</param>
    /// <param name="key">The key of all nodes; empty while it is unknown.</param>
    public static GuessName Of(string name, bool isKnown, ReadOnlySpan<byte> key)
    {
        var isShared = !key.IsEmpty;
        if (name.Length == 0) return new GuessName(0, "", isShared);
        Span<byte> hash = stackalloc byte[HMACSHA256.HashSizeInBytes];
        HMACSHA256.HashData(isShared ? key : OwnKey, Encoding.UTF8.GetBytes(name), hash);
        return new GuessName(BinaryPrimitives.ReadUInt128BigEndian(hash), isKnown ? name : "", isShared);
    }
}
