using System.Net;
using Microsoft.Extensions.Logging;
using Postfleet.Authentication.Tokens;
using Postfleet.Contracts.Users;
using Postfleet.Core;
using Postfleet.Frontend.Common;
using Postfleet.Frontend.Options;

namespace Postfleet.Frontend.Authentication;

/// <summary>
/// Validates tokens with the keys of their issuer, from a file or by OpenID Connect discovery. Keys are fetched by the first dialogue that
/// needs them, again after an hour, and when a token names an unknown key, once a minute at most. Earlier keys stay in use while the issuer
/// does not answer. Thread-safe.
/// </summary>
internal sealed class TokenValidator : ITokenValidator, IDisposable
{
    private static readonly TimeSpan MaxAge = TimeSpan.FromHours(1);

    private static readonly TimeSpan Pause = TimeSpan.FromMinutes(1);

    private static readonly TimeSpan FetchTimeout = TimeSpan.FromSeconds(10);

    private readonly OAuthOptions _options;
    private readonly TokenRules _rules;
    private readonly HttpClient _http;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly SemaphoreSlim _fetching = new(1);
    private volatile TokenKeys? _keys;
    private long _fetchedAt;
    private long _triedAt;

    /// <exception cref="StartFailureException">The file of keys cannot be used.</exception>
    public TokenValidator(OAuthOptions options, TimeProvider time, ILogger logger)
    {
        (_options, _time, _logger) = (options, time, logger);
        _rules = new TokenRules(options.Issuer, options.Audience)
        {
            NameClaim = options.NameClaim,
            Scopes = options.Scopes,
            ClockSkew = options.ClockSkew,
        };
        _http = new HttpClient(new SocketsHttpHandler
        {
            // A redirection could lead to http, or to another issuer.
            AllowAutoRedirect = false,
            UseCookies = false,
            ConnectTimeout = FetchTimeout,
            PooledConnectionLifetime = Pause,
        })
        {
            Timeout = FetchTimeout,
            MaxResponseContentBufferSize = TokenKeys.MaxLength,
        };
        if (options.KeyFile.Length > 0) _keys = TokenKeyFile.Read(options.KeyFile);
    }

    /// <inheritdoc/>
    public async ValueTask<string?> ValidateAsync(string token, CancellationToken cancellationToken)
    {
        var keys = await KeysAsync(isOutdated: false, cancellationToken);
        var result = TokenCheck.Validate(token, _rules, keys, _time.GetUtcNow());
        if (result.Fault == TokenFault.UnknownKey && _options.KeyFile.Length == 0)
            result = TokenCheck.Validate(token, _rules, await KeysAsync(isOutdated: true, cancellationToken), _time.GetUtcNow());
        return result.Name;
    }

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    private async ValueTask<TokenKeys> KeysAsync(bool isOutdated, CancellationToken cancellationToken)
    {
        if (_options.KeyFile.Length > 0) return _keys!;
        if (_keys is { } present && !isOutdated && _time.GetElapsedTime(Volatile.Read(ref _fetchedAt)) < MaxAge) return present;
        await _fetching.WaitAsync(cancellationToken);
        try
        {
            // Another dialogue may have fetched them meanwhile.
            if (_triedAt != 0 && _time.GetElapsedTime(_triedAt) < Pause)
                return _keys ?? throw new UsersUnavailableException("the issuer of tokens did not answer within the last minute");
            _triedAt = _time.GetTimestamp();
            _keys = await FetchAsync(cancellationToken);
            Volatile.Write(ref _fetchedAt, _time.GetTimestamp());
            return _keys;
        }
        catch (Exception e) when (e is HttpRequestException or InvalidDataException
            || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            _logger.KeysUnavailable(_options.Issuer, e.Message);
            return _keys ?? throw new UsersUnavailableException($"the keys of the issuer cannot be fetched: {e.Message}", e);
        }
        finally
        {
            _fetching.Release();
        }
    }

    // OpenID Connect Discovery section 4.
    private async Task<TokenKeys> FetchAsync(CancellationToken cancellationToken)
    {
        var json = await GetAsync(DiscoveryDocument.PlaceOf(_options.Issuer), cancellationToken);
        if (!DiscoveryDocument.TryParse(json, _options.Issuer, out var document, out var error)) throw new InvalidDataException(error);
        return TokenKeys.TryParse(await GetAsync(document.KeysUri, cancellationToken), out var keys, out error)
            ? keys : throw new InvalidDataException(error);
    }

    private async Task<byte[]> GetAsync(Uri uri, CancellationToken cancellationToken)
    {
        using var response = await _http.GetAsync(uri, cancellationToken);
        if (response.StatusCode != HttpStatusCode.OK) throw new InvalidDataException($"{uri} answered {(int)response.StatusCode}");
        return await response.Content.ReadAsByteArrayAsync(cancellationToken);
    }
}
