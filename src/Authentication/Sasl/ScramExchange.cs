using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Postfleet.Core.Users;

namespace Postfleet.Authentication.Sasl;

/// <summary>
/// SCRAM (RFC 5802, RFC 7677): client and server prove to each other that they know the password's keys. One exchange has one verifier, so
/// the client names an application password in its name (<see cref="SaslName"/>); with SHA-1 users have none.
/// </summary>
/// <remarks>
/// SMTP carries no data with success (RFC 4954 section 4): the server's final message is a challenge, which the client answers with an
/// empty response. An unknown user gets a salt and iterations too, and fails at the end, where a wrong password does.
/// </remarks>
internal sealed class ScramExchange(string mechanism, ScramAlgorithm algorithm, bool isPlus, SaslChannel channel) : TrackedExchange
{
    /// <summary>The name of the channel binding of RFC 5929 section 4.</summary>
    private const string EndPoint = "tls-server-end-point";

    // 144 bits, 24 characters.
    private const int NonceOctets = 18;

    private Stage _stage = Stage.First;
    private ScramFirst? _first;
    private SaslName _name;
    private string _application = "";
    private string _nonce = "";
    private string _serverFirst = "";
    private ScramVerifier? _verifier;
    private bool _isKnown;
    private SaslFailure _failure;

    private enum Stage
    {
        First,
        Final,
        Confirmation,
        Refusal,
    }

    public override string Mechanism => mechanism;

    /// <summary>The part of the nonce that the server adds; null for a random one. For the examples of the RFCs.</summary>
    internal string? ServerNonce { get; init; }

    protected override SaslStep OnResponse(ReadOnlySpan<byte> response, DateTimeOffset now)
    {
        if (_stage == Stage.Confirmation)
            return response.IsEmpty ? Succeed(_name.User, _application) : Fail(SaslFailure.Malformed, _name.User);
        if (_stage == Stage.Refusal) return Fail(_failure, _name.User);
        if (!SaslName.TryDecode(response, out var text)) return Fail(SaslFailure.Malformed, _name.User ?? "");
        return _stage == Stage.First ? OnFirst(text) : OnFinal(text);
    }

    protected override SaslStep OnUser(MailUser? user, DateTimeOffset now)
    {
        if (Choose(user, now) is { } verifier)
        {
            (_verifier, _isKnown) = (verifier, !user!.IsDisabled);
            _application = _name.Application;
        }
        else
        {
            _verifier = DecoyVerifier.For(channel, user, _name, algorithm);
        }

        _stage = Stage.Final;
        _nonce = _first!.Nonce + (ServerNonce ?? Convert.ToBase64String(channel.Random(NonceOctets)));
        _serverFirst = string.Create(
            CultureInfo.InvariantCulture, $"r={_nonce},s={Convert.ToBase64String(_verifier.Salt.Span)},i={_verifier.Iterations}");
        return Challenge(Encoding.ASCII.GetBytes(_serverFirst));
    }

    private SaslStep OnFirst(string text)
    {
        _first = ScramFirst.Parse(text);
        if (_first is null) return Fail(SaslFailure.Malformed);
        var isBound = _first.Header.Flag == 'p';
        if (isBound != isPlus || (isBound && _first.Header.Binding != EndPoint)) return Fail(SaslFailure.ChannelBinding);
        // The client supports channel binding and saw no offer, although there was one: somebody has removed it (RFC 5802 section 6).
        if (_first.Header.Flag == 'y' && channel.OffersPlus) return Fail(SaslFailure.ChannelBinding);
        if (!SaslName.TryParse(_first.UserName, out _name)) return Fail(SaslFailure.Credentials);
        return _name.MayActAs(_first.Header.Authorization) ? NeedUser(_name.User) : Fail(SaslFailure.Authorization, _name.User);
    }

    private SaslStep OnFinal(string text)
    {
        var final = ScramFinal.Parse(text, ScramHash.Length(algorithm));
        if (final is null) return Refuse(SaslFailure.Malformed, "invalid-encoding");
        if (final.Nonce != _nonce) return Refuse(SaslFailure.Malformed, "other-error");
        var binding = Encoding.UTF8.GetBytes(_first!.HeaderText);
        if (isPlus) binding = [.. binding, .. channel.EndPointBinding.Span];
        if (!CryptographicOperations.FixedTimeEquals(
            Encoding.UTF8.GetBytes(Convert.ToBase64String(binding)), Encoding.UTF8.GetBytes(final.Binding)))
            return Refuse(SaslFailure.ChannelBinding, "channel-bindings-dont-match");

        var exchanged = Encoding.UTF8.GetBytes($"{_first.Bare},{_serverFirst},{final.WithoutProof}");
        var stored = _verifier!.StoredKey.Span;
        var clientKey = ScramHash.Hmac(stored, exchanged, algorithm);
        for (var i = 0; i < clientKey.Length; i++) clientKey[i] ^= final.Proof[i];
        var isRight = CryptographicOperations.FixedTimeEquals(ScramHash.Hash(clientKey, algorithm), stored);
        var signature = ScramHash.Hmac(_verifier.ServerKey.Span, exchanged, algorithm);
        if (!isRight || !_isKnown) return Refuse(SaslFailure.Credentials, "invalid-proof");
        _stage = Stage.Confirmation;
        return Challenge(Encoding.ASCII.GetBytes($"v={Convert.ToBase64String(signature)}"));
    }

    private SaslStep Refuse(SaslFailure failure, string error)
    {
        if (!channel.SendsScramErrors) return Fail(failure, _name.User);
        (_stage, _failure) = (Stage.Refusal, failure);
        return Challenge(Encoding.ASCII.GetBytes($"e={error}"));
    }

    private ScramVerifier? Choose(MailUser? user, DateTimeOffset now)
    {
        if (algorithm == ScramAlgorithm.Sha1) return _name.Application.Length == 0 ? user?.Scram1 : null;
        if (_name.Application.Length == 0) return user?.Scram256;
        return Candidate.For(user, _name, now) is [var candidate, ..] ? candidate.Verifier : null;
    }
}
