using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Postfleet.Admin.Options;
using Postfleet.Core;

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
/// node starts, by a reload, which replaces all tokens at once, and every few seconds, because a mounted secret changes without a signal.
/// Requests call it on their threads.
/// </summary>
internal sealed class ApiTokens(AdminSettings settings, TimeProvider time, ILogger<ApiTokens> logger) : IHostedService, IDisposable
{
    /// <summary>The interval of reading the files.</summary>
    internal static readonly TimeSpan FileInterval = TimeSpan.FromSeconds(5);

    private const string Scheme = "Bearer ";

    private TokenTable _table = new([], settings.Admin, time);
    private ITimer? _timer;
    private string? _fault;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        Volatile.Write(ref _table, Read(settings.Admin));
        _timer = time.CreateTimer(_ => Follow(), null, FileInterval, Timeout.InfiniteTimeSpan);
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken)
    {
        Dispose();
        return Task.CompletedTask;
    }

    public void Dispose() => _timer?.Dispose();

    /// <summary>Reads the tokens of other options. The returned action applies them.</summary>
    /// <exception cref="StartFailureException">A file has no token.</exception>
    public Action Prepare(AdminOptions options)
    {
        var table = Read(options);
        return () => Volatile.Write(ref _table, table);
    }

    /// <summary>The caller by the token of the request; null for a request without a token of the API.</summary>
    public ApiCaller? Find(HttpRequest request)
    {
        var table = Volatile.Read(ref _table);
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
        options, time);

    // Runs once at a time: the timer is set again at the end. A reload that replaces the tokens meanwhile wins.
    private void Follow()
    {
        var table = Volatile.Read(ref _table);
        try
        {
            if (table.Options.AllTokens().Any(token => token.TokenFile.Length > 0))
            {
                var read = Read(table.Options);
                if (!read.HasTokensOf(table) && Interlocked.CompareExchange(ref _table, read, table) == table) AdminLog.TokensRead(logger);
            }

            _fault = null;
        }
        catch (StartFailureException e)
        {
            if (_fault != e.Message) AdminLog.TokensUnusable(logger, e.Message);
            _fault = e.Message;
        }

        _timer?.Change(FileInterval, Timeout.InfiniteTimeSpan);
    }

    private static string Read(TokenOptions token) => token.TokenFile.Length == 0 ? token.Token
        : TokenFile.TryRead(token.TokenFile, out var text) is { } fault
            ? throw new StartFailureException($"the token file '{token.TokenFile}' of the token '{token.Name}' {fault}")
            : text;

    private sealed class TokenTable(IReadOnlyList<(byte[] Hash, ApiCaller Caller)> tokens, AdminOptions options, TimeProvider time)
    {
        public IReadOnlyList<(byte[] Hash, ApiCaller Caller)> Tokens { get; } = tokens;

        public AdminOptions Options { get; } = options;

        public ApiCaller Anonymous { get; } = new("none", ApiScope.Operate, new RequestRate(options.MaxRate, time));

        public bool HasTokensOf(TokenTable other) => Tokens.Select(token => Convert.ToHexString(token.Hash))
            .SequenceEqual(other.Tokens.Select(token => Convert.ToHexString(token.Hash)));
    }
}
