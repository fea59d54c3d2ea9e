using System.Security.Cryptography;
using System.Text;

namespace Postfleet.Signing.Messages;

/// <summary>
/// Seals the private parts of keys in the storage by AES-256-GCM, with a key that is derived (HKDF, SHA-256) from the secret of
/// <c>Signing:SecretFile</c>. The name of the key is authenticated, so that nobody can move a private part to another key. Without a
/// secret, private parts are stored in the clear. Immutable.
/// </summary>
internal sealed class KeySeal
{
    private const string Mark = "aes-256-gcm:";

    private const int NonceLength = 12;

    private const int TagLength = 16;

    private readonly byte[]? _key;

    /// <param name="secret">The secret; empty for none.</param>
    public KeySeal(string secret) => _key = secret.Length == 0 ? null
        : HKDF.DeriveKey(HashAlgorithmName.SHA256, Encoding.UTF8.GetBytes(secret), 32, info: "postfleet dkim keys"u8.ToArray());

    /// <summary>Whether another seal opens the same private parts.</summary>
    public bool IsSame(KeySeal other) => _key.AsSpan().SequenceEqual(other._key);

    /// <summary>Seals a private part.</summary>
    /// <param name="name">The name of the key.</param>
    /// <param name="text">The private part.</param>
    public string Seal(string name, string text)
    {
        if (_key is null) return text;
        var plain = Encoding.UTF8.GetBytes(text);
        var sealedOctets = new byte[NonceLength + TagLength + plain.Length];
        var nonce = sealedOctets.AsSpan(0, NonceLength);
        RandomNumberGenerator.Fill(nonce);
        using var cipher = new AesGcm(_key, TagLength);
        cipher.Encrypt(
            nonce, plain, sealedOctets.AsSpan(NonceLength + TagLength), sealedOctets.AsSpan(NonceLength, TagLength),
            Encoding.UTF8.GetBytes(name));
        return Mark + Convert.ToBase64String(sealedOctets);
    }

    /// <summary>Opens a private part.</summary>
    /// <param name="name">The name of the key.</param>
    /// <param name="text">The stored text.</param>
    /// <param name="opened">The private part; empty with a fault.</param>
    /// <returns>Why it cannot be opened, without any part of it; null if it is opened.</returns>
    public string? Open(string name, string text, out string opened)
    {
        opened = "";
        if (!text.StartsWith(Mark, StringComparison.Ordinal))
        {
            opened = text;
            return null;
        }

        if (_key is null) return "the private key is sealed, and Signing:SecretFile is empty";
        var octets = new byte[text.Length];
        if (!Convert.TryFromBase64Chars(text.AsSpan(Mark.Length), octets, out var length) || length < NonceLength + TagLength)
            return "the private key is damaged";
        var plain = new byte[length - NonceLength - TagLength];
        try
        {
            using var cipher = new AesGcm(_key, TagLength);
            cipher.Decrypt(
                octets.AsSpan(0, NonceLength), octets.AsSpan(NonceLength + TagLength, plain.Length),
                octets.AsSpan(NonceLength, TagLength), plain, Encoding.UTF8.GetBytes(name));
        }
        catch (AuthenticationTagMismatchException)
        {
            return "the private key was sealed with another secret than that of Signing:SecretFile";
        }

        opened = Encoding.UTF8.GetString(plain);
        return null;
    }
}
