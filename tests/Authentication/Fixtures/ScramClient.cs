using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Postfleet.Authentication.Tests.Fixtures;

/// <summary>A client of SCRAM, written from RFC 5802, that lets a test choose each part of its messages.</summary>
internal sealed class ScramClient(string password, HashAlgorithmName algorithm)
{
    // Property tests use a password thousands of times.
    private static readonly ConcurrentDictionary<(string, string, int, int), byte[]> Salted = [];

    public string Header { get; init; } = "n,,";

    public string Bare { get; init; } = "n=user,r=rOprNGfwEbeRWgbNEkqO";

    public byte[] Binding { get; init; } = [];

    public string First => Header + Bare;

    /// <summary>The final message for the server's first one.</summary>
    public string Final(string serverFirst)
    {
        var fields = serverFirst.Split(',');
        var salt = Convert.FromBase64String(fields[1][2..]);
        var iterations = int.Parse(fields[2][2..], CultureInfo.InvariantCulture);
        var length = algorithm == HashAlgorithmName.SHA1 ? 20 : 32;
        var salted = Salted.GetOrAdd((password, fields[1], iterations, length), _ =>
            Rfc2898DeriveBytes.Pbkdf2(Encoding.UTF8.GetBytes(password), salt, iterations, algorithm, length));
        var clientKey = CryptographicOperations.HmacData(algorithm, salted, "Client Key"u8.ToArray());
        var stored = CryptographicOperations.HashData(algorithm, clientKey);
        var binding = Convert.ToBase64String([.. Encoding.UTF8.GetBytes(Header), .. Binding]);
        var withoutProof = $"c={binding},{fields[0]}";
        var exchanged = Encoding.UTF8.GetBytes($"{Bare},{serverFirst},{withoutProof}");
        var proof = CryptographicOperations.HmacData(algorithm, stored, exchanged);
        for (var i = 0; i < proof.Length; i++) proof[i] ^= clientKey[i];
        return $"{withoutProof},p={Convert.ToBase64String(proof)}";
    }
}
