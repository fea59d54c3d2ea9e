using System.Security.Cryptography;
using System.Text;
using Postfleet.Core.Users;

namespace Postfleet.Authentication.Sasl;

/// <summary>What unknown users are checked against, so that an attempt takes as long and looks the same as for a known user.</summary>
internal static class DecoyVerifier
{
    /// <summary>
    /// A verifier that no password fulfils, in place of a missing one. It has the salt and iterations of the user, so that a wrong name of
    /// an application looks like a right one; for an unknown user, a salt that depends on the name and the key of the channel.
    /// </summary>
    public static ScramVerifier For(SaslChannel channel, MailUser? user, SaslName name, ScramAlgorithm algorithm)
    {
        var key = channel.FakeSalt.Span;
        var text = Encoding.UTF8.GetBytes(name.User);
        var shown = algorithm == ScramAlgorithm.Sha1 ? user?.Scram1 : user?.Scram256
            ?? (user?.ApplicationPasswords is [var first, ..] ? first.Scram256 : null);
        var salt = HMACSHA256.HashData(key, [(byte)algorithm, .. text]).AsMemory(0, ScramHash.SaltLength);
        // Random to the client, and as long as the keys of a verifier.
        var stored = HMACSHA256.HashData(key, [byte.MaxValue, .. text]).AsMemory(0, ScramHash.Length(algorithm));
        return new ScramVerifier(shown?.Iterations ?? channel.Iterations, shown?.Salt ?? salt, stored, stored);
    }
}
