using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace Postfleet.Admin;

/// <summary>
/// The token of the API, stored as a hash, which makes the time of a comparison independent of the request. Requests call it on their
/// threads.
/// </summary>
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
