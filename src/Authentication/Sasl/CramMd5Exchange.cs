using System.Buffers;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Postfleet.Core.Users;

namespace Postfleet.Authentication.Sasl;

/// <summary>
/// CRAM-MD5 (RFC 2195): the server sends a challenge that was never sent before, and the client its name and the HMAC-MD5 of the challenge
/// under its password. It knows no application passwords.
/// </summary>
internal sealed class CramMd5Exchange(SaslChannel channel) : TrackedExchange
{
    private const int DigestDigits = 2 * Md5State.Length;

    private static readonly SearchValues<char> Digits = SearchValues.Create("0123456789abcdef");

    private byte[] _challenge = [];
    private byte[] _digest = [];
    private SaslName _name;

    public override string Mechanism => "CRAM-MD5";

    protected override SaslStep OnStart(DateTimeOffset now)
    {
        var unique = Convert.ToHexStringLower(channel.Random(16));
        _challenge = Encoding.ASCII.GetBytes(
            string.Create(CultureInfo.InvariantCulture, $"<{unique}.{now.ToUnixTimeSeconds()}@{channel.HostName}>"));
        return Challenge(_challenge);
    }

    protected override SaslStep OnResponse(ReadOnlySpan<byte> response, DateTimeOffset now)
    {
        // The server begins, so there is no initial response (RFC 4954 section 4).
        if (_challenge.Length == 0 || !SaslName.TryDecode(response, out var text)) return Fail(SaslFailure.Malformed);
        var space = text.LastIndexOf(' ');
        if (space <= 0 || text.Length - space - 1 != DigestDigits) return Fail(SaslFailure.Malformed);
        var digits = text.AsSpan(space + 1);
        if (digits.ContainsAnyExcept(Digits)) return Fail(SaslFailure.Malformed);
        if (!SaslName.TryParse(text[..space], out _name)) return Fail(SaslFailure.Credentials);
        _digest = Convert.FromHexString(digits);
        return NeedUser(_name.User);
    }

    protected override SaslStep OnUser(MailUser? user, DateTimeOffset now)
    {
        var isKnown = user is { CramMd5.Length: CramMd5Secret.Length, IsDisabled: false } && _name.Application.Length == 0;
        var decoy = HMACSHA256.HashData(channel.FakeSalt.Span, Encoding.UTF8.GetBytes(_name.User));
        var expected = CramMd5Secret.Hmac(isKnown ? user!.CramMd5.Span : decoy, _challenge);
        var isRight = CryptographicOperations.FixedTimeEquals(expected, _digest);
        return isRight && isKnown ? Succeed(_name.User) : Fail(SaslFailure.Credentials, _name.User);
    }
}
