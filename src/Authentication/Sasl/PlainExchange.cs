using System.Security.Cryptography;
using Postfleet.Core.Users;

namespace Postfleet.Authentication.Sasl;

/// <summary>PLAIN (RFC 4616): authorization identity, name and password in one message, with NUL between them.</summary>
internal sealed class PlainExchange(SaslChannel channel) : TrackedExchange
{
    private SaslName _name;
    private byte[] _password = [];

    public override string Mechanism => "PLAIN";

    protected override SaslStep OnResponse(ReadOnlySpan<byte> response, DateTimeOffset now)
    {
        var first = response.IndexOf((byte)0);
        if (first < 0) return Fail(SaslFailure.Malformed);
        var rest = response[(first + 1)..];
        var second = rest.IndexOf((byte)0);
        if (second < 0) return Fail(SaslFailure.Malformed);
        if (!SaslName.TryDecode(response[..first], out var authorization) || !SaslName.TryDecode(rest[..second], out var text)
            || !SaslName.TryDecode(rest[(second + 1)..], out _))
            return Fail(SaslFailure.Malformed);
        if (text.Length == 0 || rest.Length == second + 1) return Fail(SaslFailure.Malformed);
        if (!SaslName.TryParse(text, out _name)) return Fail(SaslFailure.Credentials);
        if (!_name.MayActAs(authorization)) return Fail(SaslFailure.Authorization, _name.User);
        if (!PasswordText.TryPrepare(rest[(second + 1)..], out var password)) return Fail(SaslFailure.Credentials, _name.User);
        _password = password;
        return NeedUser(_name.User);
    }

    protected override SaslStep OnUser(MailUser? user, DateTimeOffset now)
    {
        var found = PasswordCheck.Find(channel, _name, _password, user, now);
        CryptographicOperations.ZeroMemory(_password);
        return found is { } verifier ? Succeed(_name.User, verifier.Application) : Fail(SaslFailure.Credentials, _name.User);
    }
}
