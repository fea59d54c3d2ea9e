using System.Security.Cryptography;
using Postfleet.Core.Users;

namespace Postfleet.Authentication.Sasl;

/// <summary>
/// LOGIN (draft-murchison-sasl-login): the server asks for the name and then for the password. An initial response is the name, as clients
/// of Microsoft send it.
/// </summary>
internal sealed class LoginExchange(SaslChannel channel) : TrackedExchange
{
    // Clients compare these prompts, so they are sent in the form that all servers use.
    private static readonly byte[] NamePrompt = "Username:"u8.ToArray();
    private static readonly byte[] PasswordPrompt = "Password:"u8.ToArray();

    private bool _hasName;
    private bool _isNameValid;
    private SaslName _name;
    private byte[] _password = [];

    public override string Mechanism => "LOGIN";

    protected override SaslStep OnStart(DateTimeOffset now) => Challenge(NamePrompt);

    protected override SaslStep OnResponse(ReadOnlySpan<byte> response, DateTimeOffset now)
    {
        if (!SaslName.TryDecode(response, out var text) || text.Length == 0) return Fail(SaslFailure.Malformed);
        if (!_hasName)
        {
            _hasName = true;
            _isNameValid = SaslName.TryParse(text, out _name);
            return Challenge(PasswordPrompt);
        }

        if (!_isNameValid || !PasswordText.TryPrepare(response, out var password)) return Fail(SaslFailure.Credentials, _name.User ?? "");
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
