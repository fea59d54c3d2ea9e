using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using Postfleet.Core.Mail;

namespace Postfleet.Core.Budgets;

/// <summary>
/// The key of a recipient among those to whom a user has sent: 16 octets of a hash of the address, so that a row is short. The case of the
/// local part is ignored, as mailbox hosts do.
/// </summary>
public static class RecipientKey
{
    /// <summary>How many days after the last message a recipient is forgotten.</summary>
    public const int KeptDays = 180;

    /// <summary>The most known recipients of a user. For each further one, another is forgotten.</summary>
    public const int MaxKept = 200_000;

    private const int Length = 16;

    /// <summary>The key of a recipient.</summary>
    public static Guid Of(Mailbox recipient)
    {
        var text = recipient.Address.ToLowerInvariant();
        var octets = ArrayPool<byte>.Shared.Rent(Encoding.UTF8.GetMaxByteCount(text.Length));
        var length = Encoding.UTF8.GetBytes(text, octets);
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(octets.AsSpan(0, length), hash);
        ArrayPool<byte>.Shared.Return(octets);
        return new Guid(hash[..Length], bigEndian: true);
    }
}
