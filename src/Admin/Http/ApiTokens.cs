using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting;
using Postfleet.Admin.Options;
using Postfleet.Core;

namespace Postfleet.Admin.Http;

/// <summary>The caller of a request.</summary>
/// <param name="Name">The name of the token.</param>
/// <param name="Scope">The scope of the token.</param>
/// <param name="Index">The index of the token, which has a rate of its own.</param>
internal sealed record ApiCaller(string Name, ApiScope Scope, int Index)
{
    /// <summary>Whether the caller may use a route.</summary>
    public bool May(ApiScope scope) => Scope == ApiScope.Operate || Scope == scope;
}

/// <summary>
/// The tokens of the API, stored as hashes, which make the time of a comparison independent of the request. The files are read when the
/// node starts. Requests call it on their threads.
/// </summary>
internal sealed class ApiTokens(AdminSettings settings) : IHostedService
{
    private const string Scheme = "Bearer ";

    private static readonly ApiCaller Anonymous = new("none", ApiScope.Operate, 0);

    private IReadOnlyList<(byte[] Hash, ApiCaller Caller)> _tokens = [];

    public Task StartAsync(CancellationToken cancellationToken)
    {
        _tokens = [.. settings.Admin.AllTokens().Select((token, index) =>
            (SHA256.HashData(Encoding.UTF8.GetBytes(Read(token))), new ApiCaller(token.Name, token.Scope, index)))];
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>The caller by the token of the request; null for a request without a token of the API.</summary>
    public ApiCaller? Find(HttpRequest request)
    {
        var tokens = _tokens;
        if (tokens.Count == 0) return Anonymous;
        var header = request.Headers.Authorization.ToString();
        if (!header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)) return null;
        var given = SHA256.HashData(Encoding.UTF8.GetBytes(header[Scheme.Length..].Trim()));
        ApiCaller? found = null;
        foreach (var (hash, caller) in tokens) if (CryptographicOperations.FixedTimeEquals(hash, given)) found = caller;
        return found;
    }

    private static string Read(TokenOptions token) => token.TokenFile.Length == 0 ? token.Token
        : TokenFile.TryRead(token.TokenFile, out var text) is { } fault
            ? throw new StartFailureException($"the token file '{token.TokenFile}' of the token '{token.Name}' {fault}")
            : text;
}
