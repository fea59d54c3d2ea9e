using System.Security.Cryptography;
using System.Text;
using Postfleet.Authentication.Sasl;
using Postfleet.Core.Users;

namespace Postfleet.Authentication.Tests.Fixtures;

/// <summary>Users with few iterations, and the channel of a server that knows them.</summary>
internal static class Accounts
{
    public const int Iterations = ScramVerifier.MinIterations;

    public static readonly DateTimeOffset Now = new(2026, 11, 30, 8, 0, 0, TimeSpan.Zero);

    public static readonly byte[] EndPoint = SHA256.HashData("certificate"u8);

    public static SaslChannel Channel { get; } = new("mail.example.org", 2587, RandomNumberGenerator.GetBytes, new byte[32])
    {
        Iterations = Iterations,
    };

    /// <summary>A channel on which the mechanisms with channel binding are on offer.</summary>
    public static SaslChannel BoundChannel { get; } = Channel with { EndPointBinding = EndPoint, OffersPlus = true };

    /// <summary>A user with verifiers for all mechanisms.</summary>
    public static MailUser User(string name, string password, params (string Name, string Password, DateTimeOffset? Expires)[] applications)
    {
        var salt = SHA256.HashData(Encoding.UTF8.GetBytes(name)).AsMemory(0, ScramHash.SaltLength);
        return new MailUser(name)
        {
            Scram256 = ScramHash.Create(password, salt, Iterations),
            Scram1 = ScramHash.Create(password, salt, Iterations, ScramAlgorithm.Sha1),
            CramMd5 = CramMd5Secret.Create(password),
            ApplicationPasswords = [.. applications.Select(application => new ApplicationPassword(
                application.Name, ScramHash.Create(application.Password, salt, Iterations), application.Expires))],
        };
    }
}
