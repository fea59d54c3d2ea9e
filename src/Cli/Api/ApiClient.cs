using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Postfleet.Cli.Common;

namespace Postfleet.Cli.Api;

/// <summary>Requests to the API of a cluster. Each failure becomes a <see cref="VerbException"/> with a line of text.</summary>
internal sealed class ApiClient : IDisposable
{
    /// <summary>The maximum length of an answer, in octets. A longer answer is a failure.</summary>
    private const long MaxAnswer = 64 << 20;

    // The API answers for the whole cluster within 2 s.
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(15);

    private readonly ApiAddress _address;
    private readonly HttpClient _http;

    public ApiClient(ApiAddress address)
    {
        _address = address;
        // A proxy of the environment cannot reach this machine's loopback.
        var handler = new SocketsHttpHandler { UseProxy = !address.Endpoint.IsLoopback, AllowAutoRedirect = false };
        _http = new HttpClient(handler) { BaseAddress = address.Endpoint, Timeout = Limit, MaxResponseContentBufferSize = MaxAnswer };
    }

    /// <summary>The answer to a GET.</summary>
    /// <param name="path">The path below <c>/api/v1</c>, without a slash in front.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public Task<ApiAnswer> GetAsync(string path, CancellationToken cancellationToken) =>
        SendAsync(HttpMethod.Get, path, null, cancellationToken);

    /// <summary>The answer to a request.</summary>
    /// <param name="method">The method.</param>
    /// <param name="path">The path below <c>/api/v1</c>, without a slash in front.</param>
    /// <param name="json">The body; null for none.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <param name="condition">A header field with a condition; null for none.</param>
    public Task<ApiAnswer> SendAsync(
        HttpMethod method, string path, string? json, CancellationToken cancellationToken,
        (string Name, string Value)? condition = null) =>
        SendAsync(
            method, path, json,
            async content =>
            {
                var text = await content.ReadAsStringAsync(cancellationToken);
                return new ApiAnswer(text, text.Length == 0 ? default : Parse(text));
            },
            cancellationToken, condition);

    /// <summary>The octets of an answer to a GET, such as the content of a message.</summary>
    public Task<byte[]> GetOctetsAsync(string path, CancellationToken cancellationToken) =>
        SendAsync(HttpMethod.Get, path, null, content => content.ReadAsByteArrayAsync(cancellationToken), cancellationToken);

    private async Task<T> SendAsync<T>(
        HttpMethod method, string path, string? json, Func<HttpContent, Task<T>> read, CancellationToken cancellationToken,
        (string Name, string Value)? condition = null)
    {
        using var request = Request(method, path, "application/json");
        if (condition is { } field) TryAdd(request, field.Name, field.Value);
        if (json is not null) request.Content = new StringContent(json, Encoding.UTF8, "application/json");
        try
        {
            using var response = await _http.SendAsync(request, cancellationToken);
            if (response.IsSuccessStatusCode) return await read(response.Content);
            throw ApiFailure.Of(response.StatusCode, await response.Content.ReadAsStringAsync(cancellationToken), _address);
        }
        catch (HttpRequestException e)
        {
            throw Unreachable(e.InnerException?.Message ?? e.Message);
        }
        catch (TaskCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw Unreachable($"no answer within {Limit.TotalSeconds:0} s");
        }
    }

    /// <summary>The JSON of an answer to a GET. Waits on the calling thread; throws the exceptions of the HTTP client.</summary>
    /// <param name="path">The path below <c>/api/v1</c>.</param>
    /// <param name="limit">The longest wait.</param>
    public JsonElement Get(string path, TimeSpan limit)
    {
        using var request = Request(HttpMethod.Get, path, "application/json");
        using var end = new CancellationTokenSource(limit);
        using var response = _http.Send(request, end.Token);
        response.EnsureSuccessStatusCode();
        using var document = JsonDocument.Parse(response.Content.ReadAsStream(end.Token));
        return document.RootElement.Clone();
    }

    /// <summary>Opens a stream of events (server-sent events).</summary>
    /// <param name="path">The path below <c>/api/v1</c>.</param>
    /// <param name="after">The position after which the stream continues; null for new events.</param>
    /// <param name="cancellationToken">Ends the wait for the answer.</param>
    public async Task<HttpResponseMessage> OpenAsync(string path, string? after, CancellationToken cancellationToken)
    {
        using var request = Request(HttpMethod.Get, path, "text/event-stream");
        if (after is not null && !TryAdd(request, "Last-Event-ID", after))
            throw new VerbException(ExitCode.WrongUse, "the position has characters that no position has");
        try
        {
            var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
            if (response.IsSuccessStatusCode) return response;
            using (response)
                throw ApiFailure.Of(response.StatusCode, await response.Content.ReadAsStringAsync(cancellationToken), _address);
        }
        catch (HttpRequestException e)
        {
            throw Unreachable(e.InnerException?.Message ?? e.Message);
        }
        catch (TaskCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw Unreachable($"no answer within {Limit.TotalSeconds:0} s");
        }
    }

    public void Dispose() => _http.Dispose();

    private HttpRequestMessage Request(HttpMethod method, string path, string accept)
    {
        var request = new HttpRequestMessage(method, $"api/v1/{path}");
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue(accept));
        // RFC 6750 limits the characters of a token.
        if (_address.Token.Length == 0 || TryAdd(request, "Authorization", $"Bearer {_address.Token}")) return request;
        request.Dispose();
        throw new VerbException(ExitCode.WrongUse, "the token has characters that no token has");
    }

    // HttpClient sends line ends in the value of a header, and fails on characters beyond ASCII when it sends.
    private static bool TryAdd(HttpRequestMessage request, string name, string value) =>
        !value.AsSpan().ContainsAnyExceptInRange(' ', '~') && request.Headers.TryAddWithoutValidation(name, value);

    private JsonElement Parse(string text)
    {
        try
        {
            using var document = JsonDocument.Parse(text);
            return document.RootElement.Clone();
        }
        catch (JsonException)
        {
            throw new VerbException(ExitCode.Failed, $"the answer of {_address.Endpoint} is not JSON; is the API of a node there?");
        }
    }

    private VerbException Unreachable(string reason) => new(
        ExitCode.Unreachable,
        $"cannot reach {_address.Endpoint}: {reason}; is the node running? Another endpoint: --endpoint or POSTFLEET_ENDPOINT")
    {
        IsTemporary = true,
    };
}
