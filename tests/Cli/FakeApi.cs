using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Extensions;
using Xunit;

namespace Postfleet.Cli.Tests;

/// <summary>An HTTP server with fixed answers by method and path, which keeps the requests.</summary>
public sealed class FakeApi : IAsyncLifetime
{
    private readonly ConcurrentDictionary<string, Func<(int Status, string Text)>> _answers = new(StringComparer.Ordinal);
    private readonly WebApplication _host;

    public FakeApi()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        _host = builder.Build();
        _host.Run(AnswerAsync);
    }

    /// <summary>The requests: method, path and query, body, and the header Authorization.</summary>
    public ConcurrentQueue<(string Line, string Body, string Authorization)> Requests { get; } = new();

    /// <summary>The header Last-Event-ID of each request; empty for none.</summary>
    public ConcurrentQueue<string> Positions { get; } = new();

    /// <summary>The headers If-Match and If-None-Match of each request, as <c>name=value</c>; empty for none.</summary>
    public ConcurrentQueue<string> Conditions { get; } = new();

    /// <summary>The address of the server, host:port.</summary>
    public string Endpoint => new Uri(_host.Urls.Single()).Authority;

    public Task InitializeAsync() => _host.StartAsync();

    public async Task DisposeAsync() => await _host.DisposeAsync();

    /// <summary>Sets an answer, for example of <c>GET /api/v1/queues</c>. The query is not part of it.</summary>
    public void On(string request, string text, int status = 200) => _answers[request] = () => (status, text);

    /// <summary>Sets answers that are given one after the other; the last is repeated.</summary>
    public void OnEach(string request, params string[] texts)
    {
        var left = new Queue<string>(texts);
        _answers[request] = () =>
        {
            lock (left) return (200, left.Count > 1 ? left.Dequeue() : left.Peek());
        };
    }

    private async Task AnswerAsync(HttpContext http)
    {
        using var reader = new StreamReader(http.Request.Body);
        Requests.Enqueue((
            $"{http.Request.Method} {http.Request.GetEncodedPathAndQuery()}", await reader.ReadToEndAsync(),
            http.Request.Headers.Authorization.ToString()));
        Positions.Enqueue(http.Request.Headers["Last-Event-ID"].ToString());
        Conditions.Enqueue(string.Join(' ', http.Request.Headers.Where(field => field.Key is "If-Match" or "If-None-Match")
            .Select(field => $"{field.Key}={field.Value}")));
        if (!_answers.TryGetValue($"{http.Request.Method} {http.Request.Path.Value}", out var answer))
        {
            http.Response.StatusCode = 404;
            return;
        }

        var (status, text) = answer();
        http.Response.StatusCode = status;
        await http.Response.WriteAsync(text);
    }
}
