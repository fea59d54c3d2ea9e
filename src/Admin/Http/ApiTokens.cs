using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting;
using Postfleet.Admin.Options;
using Postfleet.Core;
using Postfleet.Core.Units;

namespace Postfleet.Admin.Http;

/// <summary>The caller of a request.</summary>
/// <param name="Name">The name of the token.</param>
/// <param name="Scope">The scope of the token.</param>
/// <param name="Rate">The rate of the token, with its limit.</param>
internal sealed record ApiCaller(string Name, ApiScope Scope, RequestRate Rate)
{
    /// <summary>Whether the caller may use a route.</summary>
    public bool May(ApiScope scope) => Scope == ApiScope.Operate || Scope == scope;
}

/// <summary>
/// The tokens of the API, stored as hashes, which make the time of a comparison independent of the request. The files are read when the
/// node starts and by a reload, which replaces all tokens at once. Requests call it on their threads.
/// </summary>
internal sealed class ApiTokens(AdminSettings settings, TimeProvider time) : IHostedService
{
    private const string Scheme = "Bearer ";

    private volatile TokenTable _table = new([], settings.Admin.MaxRate, time);

    public Task StartAsync(CancellationToken cancellationToken)
    {
        _table = Read(settings.Admin);
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Reads the tokens of other options. The returned action applies them.</summary>
    /// <exception cref="StartFailureException">A file has no token.</exception>
    public Action Prepare(AdminOptions options)
    {
        var table = Read(options);
        return () => _table = table;
    }

    /// <summary>The caller by the token of the request; null for a request without a token of the API.</summary>
    public ApiCaller? Find(HttpRequest request)
    {
        var table = _table;
        if (table.Tokens.Count == 0) return table.Anonymous;
        var header = request.Headers.Authorization.ToString();
        if (!header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)) return null;
        var given = SHA256.HashData(Encoding.UTF8.GetBytes(header[Scheme.Length..].Trim()));
        ApiCaller? found = null;
        foreach (var (hash, caller) in table.Tokens) if (CryptographicOperations.FixedTimeEquals(hash, given)) found = caller;
        return found;
    }

    private TokenTable Read(AdminOptions options) => new(
        [
            .. options.AllTokens().Select(token => (
                SHA256.HashData(Encoding.UTF8.GetBytes(Read(token))),
                new ApiCaller(token.Name, token.Scope, new RequestRate(options.MaxRate, time)))),
        ],
        options.MaxRate, time);

    private static string Read(TokenOptions token) => token.TokenFile.Length == 0 ? token.Token
        : TokenFile.TryRead(token.TokenFile, out var text) is { } fault
            ? throw new StartFailureException($"the token file '{token.TokenFile}' of the token '{token.Name}' {fault}")
            : text;

    private sealed record TokenTable(IReadOnlyList<(byte[] Hash, ApiCaller Caller)> Tokens, ApiCaller Anonymous)
    {
        public TokenTable(IReadOnlyList<(byte[] Hash, ApiCaller Caller)> tokens, Rate maxRate, TimeProvider time)
            : this(tokens, new ApiCaller("none", ApiScope.Operate, new RequestRate(maxRate, time)))
        {
        }
    }
}
