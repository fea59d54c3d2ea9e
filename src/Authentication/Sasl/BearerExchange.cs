using System.Buffers;
using System.Globalization;
using System.Text.Json;
using Postfleet.Core.Users;

namespace Postfleet.Authentication.Sasl;

/// <summary>
/// OAUTHBEARER (RFC 7628) and XOAUTH2: the client sends a token of an identity provider. If it is refused, the client gets an error in
/// JSON, answers it with an octet that means nothing (XOAUTH2: nothing), and then the exchange fails.
/// </summary>
internal sealed class BearerExchange(bool isStandard, SaslChannel channel) : TrackedExchange
{
    private BearerMessage? _message;
    private string _name = "";
    private SaslFailure _failure;

    public override string Mechanism => isStandard ? "OAUTHBEARER" : "XOAUTH2";

    protected override SaslStep OnResponse(ReadOnlySpan<byte> response, DateTimeOffset now)
    {
        if (_failure != SaslFailure.None) return Fail(_failure, _name);
        if (!SaslName.TryDecode(response, out var text)) return Fail(SaslFailure.Malformed);
        _message = isStandard ? BearerMessage.ParseStandard(text) : BearerMessage.ParseGoogle(text);
        if (_message is null) return Fail(SaslFailure.Malformed);
        if (_message.User.Length > 0)
        {
            if (!UserName.TryNormalize(_message.User, out var name)) return Refuse(SaslFailure.Credentials);
            _name = name;
        }
        else if (!isStandard)
        {
            return Fail(SaslFailure.Malformed);
        }

        if (_message.Token.Length == 0) return Refuse(SaslFailure.Credentials);
        if (channel.ChecksHost && isStandard && !IsThisServer(_message)) return Refuse(SaslFailure.Credentials);
        return new SaslStep(SaslStepKind.NeedsToken) { Token = _message.Token, Name = _name };
    }

    protected override SaslStep OnToken(string? name)
    {
        // The token is a secret, and no longer needed.
        _message = null;
        if (name is null) return Refuse(SaslFailure.Credentials);
        // The token must be of the user whose name the client has sent.
        if (_name.Length > 0 && _name != name) return Refuse(SaslFailure.Authorization);
        _name = name;
        return NeedUser(name);
    }

    protected override SaslStep OnUser(MailUser? user, DateTimeOffset now) =>
        user is { IsDisabled: false } ? Succeed(_name) : Refuse(SaslFailure.Credentials);

    private bool IsThisServer(BearerMessage message) =>
        (message.Host.Length == 0 || string.Equals(message.Host, channel.HostName, StringComparison.OrdinalIgnoreCase))
        && (message.Port.Length == 0 || message.Port == channel.Port.ToString(CultureInfo.InvariantCulture));

    private SaslStep Refuse(SaslFailure failure)
    {
        _failure = failure;
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("status", isStandard ? "invalid_token" : "401");
            if (!isStandard) json.WriteString("schemes", "bearer");
            if (channel.Scope.Length > 0) json.WriteString("scope", channel.Scope);
            if (isStandard && channel.OpenIdConfiguration.Length > 0) json.WriteString("openid-configuration", channel.OpenIdConfiguration);
            json.WriteEndObject();
        }

        return Challenge(buffer.WrittenSpan.ToArray());
    }
}
