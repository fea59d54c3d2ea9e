using System.Security.Cryptography;

namespace Postfleet.Core.Users;

/// <summary>Makes random passwords, for application passwords and for operators who ask for one.</summary>
public static class GeneratedPassword
{
    // Without characters that look alike: 32 of them, 5 bits each.
    private const string Alphabet = "abcdefghijkmnpqrstuvwxyz23456789";

    private const int Groups = 5;
    private const int GroupLength = 5;

    /// <summary>
    /// A password of 125 random bits: five groups of five lower-case letters and digits, with hyphens between them. The hyphens are part of
    /// the password.
    /// </summary>
    public static string Create() =>
        string.Join('-', Enumerable.Range(0, Groups).Select(_ => RandomNumberGenerator.GetString(Alphabet, GroupLength)));
}
