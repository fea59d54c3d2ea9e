using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using System.Text.Unicode;
using ADRaffy.ENSNormalize;

namespace Postfleet.Authentication.Sasl;

/// <summary>
/// The preparation of passwords by the profile OpaqueString (RFC 8265 section 4.2): other spaces become U+0020, the text is put into
/// normalization form C, and characters that cannot be typed or seen are refused. Verifiers are made and checked with the result.
/// </summary>
/// <remarks>
/// <para>
/// Case and width are kept. Joiners (U+200C, U+200D) are accepted anywhere, because emoji contain them; the rules of their context are not
/// checked.
/// </para>
/// <para>
/// A SCRAM client prepares the password itself. Clients with SASLprep (RFC 4013) use normalization form KC: for a password with
/// compatibility characters, such as a ligature or a fullwidth letter, the client and this class get different octets, and SCRAM fails,
/// while PLAIN works. Passwords that are equal in both forms, with all of ASCII and the composed letters of living languages, work with
/// both.
/// </para>
/// </remarks>
public static class PasswordText
{
    /// <summary>The most octets of a prepared password.</summary>
    public const int MaxLength = 1024;

    private const char ZeroWidthNonJoiner = '\u200c';
    private const char ZeroWidthJoiner = '\u200d';

    /// <summary>Prepares the password that a client has sent.</summary>
    /// <param name="octets">The password in UTF-8.</param>
    /// <param name="prepared">The octets to hash; null if the password is not valid.</param>
    public static bool TryPrepare(ReadOnlySpan<byte> octets, [NotNullWhen(true)] out byte[]? prepared)
    {
        prepared = null;
        return octets.Length <= MaxLength && Utf8.IsValid(octets) && TryPrepare(Encoding.UTF8.GetString(octets), out prepared);
    }

    /// <summary>Prepares the password that a user or an operator has chosen.</summary>
    /// <param name="text">The password.</param>
    /// <param name="prepared">The octets to hash; null if the password is not valid.</param>
    public static bool TryPrepare(string text, [NotNullWhen(true)] out byte[]? prepared)
    {
        prepared = null;
        if (text.Length is 0 or > MaxLength) return false;
        var mapped = new StringBuilder(text.Length);
        for (var i = 0; i < text.Length;)
        {
            if (!Rune.TryGetRuneAt(text, i, out var rune) || !IsAccepted(rune)) return false;
            i += rune.Utf16SequenceLength;
            if (Rune.GetUnicodeCategory(rune) == UnicodeCategory.SpaceSeparator) mapped.Append(' ');
            else mapped.Append(rune.ToString());
        }

        var result = mapped.ToString();
        // string.Normalize does nothing under InvariantGlobalization.
        var octets = Encoding.UTF8.GetBytes(Ascii.IsValid(result) ? result : ENSNormalize.NF.NFC(result));
        if (octets.Length > MaxLength) return false;
        prepared = octets;
        return true;
    }

    /// <summary>Prepares a password for a verifier.</summary>
    /// <exception cref="ArgumentException">The password is not valid.</exception>
    internal static byte[] Prepare(string password) => TryPrepare(password, out var prepared)
        ? prepared
        : throw new ArgumentException(
            $"the password is empty, longer than {MaxLength} octets or has characters that passwords cannot have", nameof(password));

    private static bool IsAccepted(Rune rune) => Rune.GetUnicodeCategory(rune) switch
    {
        UnicodeCategory.Control or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.PrivateUse
            or UnicodeCategory.OtherNotAssigned or UnicodeCategory.Surrogate => false,
        UnicodeCategory.Format => rune.Value is ZeroWidthNonJoiner or ZeroWidthJoiner,
        _ => true,
    };
}
