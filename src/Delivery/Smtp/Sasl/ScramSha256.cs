using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Postfleet.Delivery.Smtp.Sasl;

/// <summary>
/// SCRAM-SHA-256 (RFC 5802, RFC 7677) without channel binding: the password is not sent, and the host proves that it knows the password.
/// </summary>
/// <param name="user">The user name.</param>
/// <param name="password">The password.</param>
/// <param name="nonce">The client's part of the nonce; null generates one.</param>
internal sealed class ScramSha256(string user, string password, string? nonce = null) : SaslMechanism
{
    public const string MechanismName = "SCRAM-SHA-256";

    /// <summary>
    /// The minimum of RFC 7677 section 4. Hosts with fewer iterations are refused, since a low count makes the password cheap to guess.
    /// </summary>
    internal const int MinIterations = 4096;

    /// <summary>The upper bound limits the processor time a host can make this node spend.</summary>
    internal const int MaxIterations = 1_000_000;

    private const string Header = "n,,";

    private readonly string _nonce = nonce ?? Convert.ToBase64String(RandomNumberGenerator.GetBytes(18));
    private byte[]? _serverSignature;
    private bool _isComplete;

    public override string Name => MechanismName;

    public override bool IsComplete => _isComplete;

    private string ClientFirst =>
        $"n={Prepare(user).Replace("=", "=3D", StringComparison.Ordinal).Replace(",", "=2C", StringComparison.Ordinal)},r={_nonce}";

    public override byte[] Initial() => Encoding.UTF8.GetBytes(Header + ClientFirst);

    public override byte[]? Respond(byte[] challenge)
    {
        var message = Encoding.UTF8.GetString(challenge);
        return _serverSignature is null ? Prove(message) : Check(message);
    }

    private byte[]? Prove(string serverFirst)
    {
        var parts = serverFirst.Split(',');
        if (parts.Length < 3 || Value(parts[0], 'r') is not { } full || Value(parts[1], 's') is not { } salt
            || Value(parts[2], 'i') is not { } count) return null;
        if (!full.StartsWith(_nonce, StringComparison.Ordinal) || full.Length == _nonce.Length) return null;
        if (!int.TryParse(count, NumberStyles.None, CultureInfo.InvariantCulture, out var iterations)) return null;
        if (iterations is < MinIterations or > MaxIterations || Decode(salt) is not { Length: > 0 } salted) return null;
        var secret = Rfc2898DeriveBytes
            .Pbkdf2(Encoding.UTF8.GetBytes(Prepare(password)), salted, iterations, HashAlgorithmName.SHA256, SHA256.HashSizeInBytes);
        var clientKey = HMACSHA256.HashData(secret, "Client Key"u8);
        var final = $"c={Convert.ToBase64String(Encoding.ASCII.GetBytes(Header))},r={full}";
        var auth = Encoding.UTF8.GetBytes($"{ClientFirst},{serverFirst},{final}");
        _serverSignature = HMACSHA256.HashData(HMACSHA256.HashData(secret, "Server Key"u8), auth);
        var proof = HMACSHA256.HashData(SHA256.HashData(clientKey), auth);
        for (var i = 0; i < proof.Length; i++) proof[i] ^= clientKey[i];
        return Encoding.UTF8.GetBytes($"{final},p={Convert.ToBase64String(proof)}");
    }

    private byte[]? Check(string serverFinal)
    {
        if (_isComplete || Value(serverFinal.Split(',')[0], 'v') is not { } value || Decode(value) is not { } signature) return null;
        _isComplete = CryptographicOperations.FixedTimeEquals(signature, _serverSignature);
        return _isComplete ? [] : null;
    }

    // RFC 4013 maps to form KC; prohibited characters are left for the host to refuse.
    private static string Prepare(string text) => text.Normalize(NormalizationForm.FormKC);

    private static string? Value(string part, char name) => part.Length > 2 && part[0] == name && part[1] == '=' ? part[2..] : null;

    private static byte[]? Decode(string text)
    {
        var buffer = new byte[text.Length];
        return Convert.TryFromBase64String(text, buffer, out var length) ? buffer[..length] : null;
    }
}
