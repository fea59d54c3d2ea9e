using System.Text;

namespace Postfleet.Delivery.Smtp.Sasl;

/// <summary>One side of an exchange (RFC 4422), from its beginning to its end; used once.</summary>
internal abstract class SaslMechanism
{
    /// <summary>Its name in AUTH.</summary>
    public abstract string Name { get; }

    /// <summary>Whether success makes sense now: where the host has to prove itself, it has.</summary>
    public virtual bool IsComplete => true;

    /// <summary>What is sent with AUTH; null waits for a challenge.</summary>
    public abstract byte[]? Initial();

    /// <summary>The answer to a challenge; null where it makes no sense.</summary>
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

/// <summary>LOGIN: no standard, but what some hosts have and nothing else (draft-murchison-sasl-login).</summary>
internal sealed class LoginMechanism(string user, string password) : SaslMechanism
{
    public const string MechanismName = "LOGIN";

    private int _asked;

    public override string Name => MechanismName;

    public override byte[]? Initial() => null;

    // What the challenges say differs from host to host; their order does not.
    public override byte[]? Respond(byte[] challenge) => _asked++ switch
    {
        0 => Encoding.UTF8.GetBytes(user),
        1 => Encoding.UTF8.GetBytes(password),
        _ => null,
    };
}
