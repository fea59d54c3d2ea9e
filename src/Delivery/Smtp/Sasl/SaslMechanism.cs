using System.Text;

namespace Postfleet.Delivery.Smtp.Sasl;

/// <summary>The client side of one SASL exchange (RFC 4422). Used once, by one caller.</summary>
internal abstract class SaslMechanism
{
    /// <summary>The name of the mechanism in AUTH.</summary>
    public abstract string Name { get; }

    /// <summary>
    /// Whether the client accepts success at this point: a mechanism with mutual authentication requires the host's proof first.
    /// </summary>
    public virtual bool IsComplete => true;

    /// <summary>The initial response sent with AUTH; null if the mechanism waits for a challenge.</summary>
    public abstract byte[]? Initial();

    /// <summary>The response to a challenge; null if the challenge is invalid.</summary>
    public abstract byte[]? Respond(byte[] challenge);
}

/// <summary>PLAIN (RFC 4616).</summary>
internal sealed class Plain(string user, string password) : SaslMechanism
{
    public const string MechanismName = "PLAIN";

    public override string Name => MechanismName;

    public override byte[] Initial() => Encoding.UTF8.GetBytes($"\0{user}\0{password}");

    public override byte[]? Respond(byte[] challenge) => null;
}

/// <summary>LOGIN: not standardised, but the only mechanism of some hosts (draft-murchison-sasl-login).</summary>
internal sealed class LoginMechanism(string user, string password) : SaslMechanism
{
    public const string MechanismName = "LOGIN";

    private int _asked;

    public override string Name => MechanismName;

    public override byte[]? Initial() => null;

    // The text of the challenges differs between hosts; their order does not.
    public override byte[]? Respond(byte[] challenge) => _asked++ switch
    {
        0 => Encoding.UTF8.GetBytes(user),
        1 => Encoding.UTF8.GetBytes(password),
        _ => null,
    };
}
