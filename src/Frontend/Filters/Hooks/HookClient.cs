using System.Buffers;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Postfleet.Contracts.Receiving;
using Postfleet.Core;
using Postfleet.Frontend.Filters.Protocol;
using Postfleet.Frontend.Options;

namespace Postfleet.Frontend.Filters.Hooks;

/// <summary>
/// Sends requests to a hook over a bounded pool of connections, within time limits, and reads answers of bounded length. No redirection is
/// followed. One object serves all sessions; thread-safe.
/// </summary>
internal sealed class HookClient
{
    // An answer to a command of the envelope has no changes.
    private const int MaxShortAnswer = 64 * 1024;

    private const int Piece = 16 * 1024;

    private readonly HttpClient _http;
    // Requests of messages cannot take the connection of this one.
    private readonly HttpClient _probe;
    private readonly Uri _url;
    private readonly FilterOptions _options;
    private readonly TimeProvider _time;
    private readonly AuthenticationHeaderValue? _credentials;

    // Requests that have a connection.
    private int _sending;

    /// <param name="options">The filter.</param>
    /// <param name="time">The clock.</param>
    /// <exception cref="StartFailureException">A file of the filter cannot be used.</exception>
    public HookClient(FilterOptions options, TimeProvider time)
    {
        (_options, _time, _url) = (options, time, new Uri(options.Url));
        _credentials = options.SecretFile.Length == 0 ? null : Credentials(options.User, FilterFiles.ReadSecret(options.SecretFile));
        var trust = options.Authorities.Length == 0 ? null : Trust(options.Authorities);
        _http = NewClient(options, options.MaxConnections, trust);
        _probe = NewClient(options, maxConnections: 1, trust);
    }

    /// <summary>
    /// Whether the hook answers a request without content (OPTIONS), with whatever status. Faults of the hook are no answer.
    /// </summary>
    /// <param name="timeout">The time limit.</param>
    public async Task<bool> AnswersAsync(TimeSpan timeout)
    {
        using var limit = new CancellationTokenSource(timeout, _time);
        try
        {
            using var question = new HttpRequestMessage(HttpMethod.Options, _url);
            question.Headers.Authorization = _credentials;
            // A connection of its own: a kept one may belong to a hook that was replaced.
            question.Headers.ConnectionClose = true;
            using var response = await _probe.SendAsync(question, HttpCompletionOption.ResponseHeadersRead, limit.Token);
            return true;
        }
        catch (Exception e) when (e is OperationCanceledException or HttpRequestException or IOException)
        {
            return false;
        }
    }

    /// <summary>Sends a request, and reads the answer.</summary>
    /// <param name="request">The request.</param>
    /// <param name="timeout">The time limit.</param>
    /// <param name="memory">The memory for a long answer; null for short answers alone.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The answer; null for status 204, which accepts the mail.</returns>
    /// <exception cref="FilterException">The hook failed.</exception>
    public async ValueTask<ReadOnlyMemory<byte>?> PostAsync(
        HookRequest request, TimeSpan timeout, IMessageMemory? memory, CancellationToken cancellationToken)
    {
        if (request.Length > _options.MaxRequest.Bytes)
            throw FilterException.Malformed($"the request would have {request.Length} octets, more than MaxRequest");
        using var limit = new CancellationTokenSource(timeout, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        var isSending = 0;
        try
        {
            using var post = new HttpRequestMessage(HttpMethod.Post, _url)
            {
                Content = new HookContent(request, Begin),
                // HTTP/2 without TLS would need prior knowledge.
                Version = _url.Scheme == Uri.UriSchemeHttps ? HttpVersion.Version20 : HttpVersion.Version11,
                VersionPolicy = HttpVersionPolicy.RequestVersionOrLower,
            };
            post.Headers.Authorization = _credentials;
            using var response = await _http.SendAsync(post, HttpCompletionOption.ResponseHeadersRead, either.Token);
            if (response.StatusCode == HttpStatusCode.NoContent) return null;
            if (response.StatusCode != HttpStatusCode.OK)
                throw new FilterException(FilterFault.Status, $"it answered with status {(int)response.StatusCode}");
            return await ReadAsync(response.Content, memory, either.Token);
        }
        catch (OperationCanceledException e)
        {
            cancellationToken.ThrowIfCancellationRequested();
            // The handler's own limit, too.
            if (!limit.IsCancellationRequested) throw Unreachable(_options.ConnectTimeout, e);
            if (Volatile.Read(ref isSending) == 1) throw new FilterException(FilterFault.TimedOut, $"no answer within {timeout}", e);
            // Where another request has a connection, the hook can be reached.
            throw Volatile.Read(ref _sending) == 0 ? Unreachable(timeout, e)
                : new FilterException(FilterFault.Busy, $"no connection was free within {timeout}", e);
        }
        catch (HttpRequestException e)
        {
            throw new FilterException(FaultOf(e.HttpRequestError), e.Message, e);
        }
        catch (IOException e)
        {
            throw new FilterException(FilterFault.Closed, e.Message, e);
        }
        finally
        {
            if (Volatile.Read(ref isSending) == 1) Interlocked.Decrement(ref _sending);
        }

        void Begin()
        {
            if (Interlocked.Exchange(ref isSending, 1) == 0) Interlocked.Increment(ref _sending);
        }
    }

    private static HttpClient NewClient(FilterOptions options, int maxConnections, X509ChainPolicy? trust)
    {
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = false,
            ActivityHeadersPropagator = null,
            ConnectTimeout = options.ConnectTimeout,
            MaxConnectionsPerServer = maxConnections,
            // A restarted hook may have moved.
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
            PooledConnectionIdleTimeout = TimeSpan.FromMinutes(1),
            MaxResponseHeadersLength = 16,
        };
        if (trust is not null) handler.SslOptions = new SslClientAuthenticationOptions { CertificateChainPolicy = trust };
        return new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan };
    }

    private static FilterException Unreachable(TimeSpan limit, Exception cause) =>
        new(FilterFault.Unreachable, $"no connection within {limit}", cause);

    private static FilterFault FaultOf(HttpRequestError error) => error switch
    {
        HttpRequestError.NameResolutionError or HttpRequestError.ConnectionError or HttpRequestError.SecureConnectionError =>
            FilterFault.Unreachable,
        HttpRequestError.InvalidResponse or HttpRequestError.ConfigurationLimitExceeded or HttpRequestError.HttpProtocolError =>
            FilterFault.Malformed,
        _ => FilterFault.Closed,
    };

    private async ValueTask<ReadOnlyMemory<byte>> ReadAsync(
        HttpContent content, IMessageMemory? memory, CancellationToken cancellationToken)
    {
        var max = memory is null ? Math.Min(MaxShortAnswer, _options.MaxResponse.Bytes) : _options.MaxResponse.Bytes;
        var answer = new ArrayBufferWriter<byte>(Piece);
        await using var stream = await content.ReadAsStreamAsync(cancellationToken);
        while (true)
        {
            if (answer.FreeCapacity < Piece && memory?.TryReserve(Math.Max(answer.Capacity, Piece)) == false)
                throw new FilterException(FilterFault.NoMemory, "there is no memory for its answer");
            var read = await stream.ReadAsync(answer.GetMemory(Piece), cancellationToken);
            if (read == 0) return answer.WrittenMemory;
            answer.Advance(read);
            if (answer.WrittenCount > max) throw FilterException.Malformed($"its answer has more than {max} octets");
        }
    }

    private static AuthenticationHeaderValue Credentials(string user, string secret) => user.Length == 0
        ? new AuthenticationHeaderValue("Bearer", secret)
        : new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{user}:{secret}")));

    private static X509ChainPolicy Trust(string file)
    {
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.AddRange(FilterFiles.ReadAuthorities(file));
        return policy;
    }
}
