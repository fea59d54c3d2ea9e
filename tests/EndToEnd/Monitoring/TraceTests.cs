using System.Collections.Concurrent;
using System.Net;
using System.Text.Json.Nodes;
using Postfleet.Core.Queueing;
using Postfleet.Testing;
using Xunit;

namespace Postfleet.EndToEnd.Tests.Monitoring;

/// <summary>A node sends its traces to a collector of the test, which takes OTLP over HTTP.</summary>
public sealed class TraceTests : IAsyncLifetime
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private readonly HttpListener _collector = new();
    private readonly ConcurrentQueue<byte[]> _bodies = new();
    private readonly int _port = FreePort.Tcp();
    private Task _collecting = Task.CompletedTask;

    public Task InitializeAsync()
    {
        _collector.Prefixes.Add($"http://127.0.0.1:{_port}/v1/traces/");
        _collector.Start();
        _collecting = CollectAsync();
        return Task.CompletedTask;
    }

    public async Task DisposeAsync()
    {
        _collector.Stop();
        await _collecting;
        _collector.Close();
    }

    [Theory]
    [InlineData(1, 3)]
    [InlineData(1_000_000, 0)]
    public async Task Spans_of_a_sampled_message_have_its_id_as_their_trace(int oneOf, int spans)
    {
        await using var node = new PostfleetNode(new NodeSpec
        {
            Configure = json => json["Tracing"] = new JsonObject { ["Endpoint"] = $"http://127.0.0.1:{_port}", ["OneOf"] = oneOf },
        });
        await node.StartAsync();
        await PostfixTools.SwaksAsync(node.Relay, "someone@captured.test");
        JsonArray captured = [];
        await Eventually.True(
            async () => (captured = (await node.CapturedAsync())["messages"]!.AsArray()).Count == 1, Limit, "the message is captured");
        await node.WaitEmptyAsync(Limit);
        // The node sends the last spans before it ends.
        Assert.Equal(0, await node.TerminateAsync());
        Assert.True(MessageId.TryParse(captured.Single()!["id"]!.GetValue<string>(), out var id));
        Assert.Equal(spans, _bodies.Sum(body => Count(body, id.ToByteArray())));
        foreach (var name in spans == 0 ? [] : new[] { "accept", "attempt", "queued" })
            Assert.Contains(_bodies, body => Count(body, System.Text.Encoding.ASCII.GetBytes(name)) > 0);
    }

    private async Task CollectAsync()
    {
        try
        {
            while (true)
            {
                var context = await _collector.GetContextAsync();
                using var body = new MemoryStream();
                await context.Request.InputStream.CopyToAsync(body);
                _bodies.Enqueue(body.ToArray());
                context.Response.Close();
            }
        }
        catch (Exception e) when (e is HttpListenerException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private static int Count(ReadOnlySpan<byte> body, ReadOnlySpan<byte> part) => body.Count(part);
}
