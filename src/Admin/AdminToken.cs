using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace Postfleet.Admin;

/// <summary>The token that the API asks for, kept as a hash so that the comparison takes the same time whatever is sent.</summary>
internal sealed class AdminToken(string token)
{
    private const string Scheme = "Bearer ";

    private readonly byte[]? _hash = token.Length == 0 ? null : SHA256.HashData(Encoding.UTF8.GetBytes(token));

    public bool Allows(HttpRequest request)
    {
        if (_hash is null) return true;
        var header = request.Headers.Authorization.ToString();
        if (!header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)) return false;
        return CryptographicOperations.FixedTimeEquals(_hash, SHA256.HashData(Encoding.UTF8.GetBytes(header[Scheme.Length..].Trim())));
    }
}
