namespace Postfleet.Authentication.Sasl;

/// <summary>
/// The secret of CRAM-MD5 (<see cref="Core.Users.MailUser.CramMd5"/>): it checks a response, shows no password, and is enough to log in by
/// CRAM-MD5.
/// </summary>
public static class CramMd5Secret
{
    /// <summary>The octets of a secret.</summary>
    public const int Length = 2 * Md5State.Length;

    /// <summary>
    /// Makes the secret of a password: the states of the outer and then of the inner MD5 of HMAC-MD5 after the padded key (RFC 2104), each
    /// of four words in little-endian order, as Dovecot's scheme CRAM-MD5 keeps them (in hexadecimal digits).
    /// </summary>
    /// <param name="password">The password; <see cref="PasswordText"/> prepares it.</param>
    /// <exception cref="ArgumentException">The password has characters that passwords cannot have, or is too long.</exception>
    public static byte[] Create(string password)
    {
        ReadOnlySpan<byte> prepared = PasswordText.Prepare(password);
        if (prepared.Length > Md5State.BlockLength) prepared = Md5State.Finish(Md5State.Initial, 0, prepared);
        var outer = new byte[Md5State.BlockLength];
        var inner = new byte[Md5State.BlockLength];
        prepared.CopyTo(outer);
        prepared.CopyTo(inner);
        for (var i = 0; i < outer.Length; i++)
        {
            outer[i] ^= 0x5c;
            inner[i] ^= 0x36;
        }

        return [.. Md5State.Add(Md5State.Initial, outer), .. Md5State.Add(Md5State.Initial, inner)];
    }

    /// <summary>HMAC-MD5 under the password of a secret.</summary>
    /// <param name="secret">The secret, of <see cref="Length"/> octets.</param>
    /// <param name="octets">The input.</param>
    internal static byte[] Hmac(ReadOnlySpan<byte> secret, ReadOnlySpan<byte> octets) => Md5State.Finish(
        secret[..Md5State.Length],
        Md5State.BlockLength,
        Md5State.Finish(secret[Md5State.Length..], Md5State.BlockLength, octets));
}
