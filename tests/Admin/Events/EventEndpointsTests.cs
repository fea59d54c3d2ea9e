using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Postfleet.Admin.Events;
using Postfleet.Admin.Options;
using Postfleet.Admin.Tests.Fakes;
using Postfleet.Admin.Tests.Http;
using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;
using Postfleet.Spool.Common;
using Xunit;

namespace Postfleet.Admin.Tests.Events;

/// <summary>The stream of events over HTTP.</summary>
public sealed class EventEndpointsTests : IAsyncLifetime
{
    private static readonly QueueKey Queue = QueueKey.FromTrusted("bulk:a.test");
    private static readonly SmtpReply Full = new(452, new EnhancedStatus(4, 2, 2), "mailbox full");

    private readonly CancellationTokenSource _limit = new(TimeSpan.FromSeconds(30));
    private AdminHost _host = null!;

    public async Task InitializeAsync() => _host = await AdminHost.StartAsync(new AdminOptions
    {
        Token = "all",
        Tokens =
        [
            new TokenOptions { Name = "dashboard", Token = "look", Scope = ApiScope.Read },
            new TokenOptions { Name = "app", Token = "send", Scope = ApiScope.Inject },
        ],
    });

    public async Task DisposeAsync()
    {
        await _host.DisposeAsync();
        _limit.Dispose();
    }

    [Fact]
    public async Task New_events_come_with_position_name_and_timeline_entry()
    {
        _host.Feed.Add(Event(0, HistoryKind.Accepted));
        using var stream = await OpenAsync();
        Assert.Equal(":\nid: " + FakeFeed.At(1), await stream.ReadAsync());
        _host.Feed.Add(Event(1, HistoryKind.Deferred) with { Reply = Full, RemoteHost = "mx.a.test [192.0.2.1]" });
        var lines = (await stream.ReadAsync()).Split('\n');
        Assert.Equal(["id: " + FakeFeed.At(2), "event: message.deferred"], lines[..2]);
        var data = JsonDocument.Parse(lines[2]["data: ".Length..]).RootElement;
        Assert.Equal(
            (MessageId.FromHalves(1, 1).ToString(), "deferred", "1@a.test", "bulk:a.test", "452 4.2.2 mailbox full", "mailbox-full"),
            (Text("messageId"), Text("kind"), Text("recipient"), Text("queue"), Text("reply"), Text("class")));
        Assert.StartsWith("evt_", Text("id"), StringComparison.Ordinal);
        string? Text(string name) => data.GetProperty(name).GetString();
    }

    [Fact]
    public async Task Filters_choose_the_events()
    {
        using var stream = await OpenAsync(
            "?events=message.delivered,message.failed&stream=bulk&queue=bulk:a.test&domain=A.test&recipient=3@A.test&sender=from@b.test");
        await stream.ReadAsync();
        _host.Feed.Add(Event(3, HistoryKind.Accepted));
        _host.Feed.Add(Event(2, HistoryKind.Delivered));
        _host.Feed.Add(Event(3, HistoryKind.Delivered) with { Queue = QueueKey.FromTrusted("default:a.test") });
        _host.Feed.Add(Event(3, HistoryKind.Delivered) with { Sender = "" });
        _host.Feed.Add(Event(3, HistoryKind.Failed));
        Assert.Contains("message.failed", await stream.ReadAsync(), StringComparison.Ordinal);

        using var reports = await OpenAsync("?sender=%3C%3E&after=" + FakeFeed.At(0));
        Assert.Contains("\"sender\":\"\"", await reports.ReadAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_client_continues_after_its_last_position_with_earlier_and_new_events()
    {
        for (var i = 0; i < 500; i++) _host.Feed.Add(Event(i, HistoryKind.Delivered));
        using var stream = await OpenAsync("?after=" + FakeFeed.At(0), FakeFeed.At(2).ToString());
        for (var i = 2; i < 500; i++) await AssertNextAsync(i);
        await stream.ReadAsync();
        for (var i = 500; i < 510; i++) _host.Feed.Add(Event(i, HistoryKind.Delivered));
        for (var i = 500; i < 510; i++) await AssertNextAsync(i);
        async Task AssertNextAsync(int index) =>
            Assert.Contains($"\"recipient\":\"{index}@a.test\"", await stream.ReadAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_client_is_told_about_a_gap()
    {
        _host.Feed.HasGap = true;
        _host.Feed.Add(Event(0, HistoryKind.Delivered));
        using var stream = await OpenAsync("?after=" + FakeFeed.At(0));
        Assert.StartsWith("event: feed.gap\ndata: {", await stream.ReadAsync(), StringComparison.Ordinal);
        Assert.Contains("message.delivered", await stream.ReadAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("events=message.nothing", "events is 'message.nothing'; allowed: message.accepted, message.delivered, ")]
    [InlineData("events=", "events is empty")]
    [InlineData("queue=nonsense", "queue is 'nonsense'; allowed: the key of a queue")]
    [InlineData("stream=a:b", "stream is 'a:b'; allowed: a stream")]
    [InlineData("domain=-", "domain is '-'; allowed: a domain")]
    [InlineData("recipient=nobody", "recipient is 'nobody'; allowed: an address")]
    [InlineData("sender=nobody", "sender is 'nobody'; allowed: an address, or <>")]
    [InlineData("after=nothing", "after is no position of this storage; allowed: the id of an event of an earlier stream")]
    [InlineData("limit=3", "limit is no parameter of this route; allowed: events, stream, queue, domain, sender, recipient, after")]
    public async Task Wrong_parameters_are_refused(string query, string detail)
    {
        var (response, body) = await _host.SendAsync(HttpMethod.Get, $"/api/v1/events?{query}", "look");
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        ProblemTests.AssertProblem(response, body, "bad-parameter", detail);
    }

    [Fact]
    public async Task A_position_of_another_storage_is_refused()
    {
        var (response, body) = await _host.SendAsync(HttpMethod.Get, "/api/v1/events?after=" + FakeFeed.At(2_000_000), "look");
        ProblemTests.AssertProblem(response, body, "bad-parameter", "after is no position of this storage");
    }

    [Fact]
    public async Task Stream_needs_the_scope_read()
    {
        var (refused, body) = await _host.SendAsync(HttpMethod.Get, "/api/v1/events", "send");
        Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
        ProblemTests.AssertProblem(refused, body, "forbidden", "the token 'app' has the scope inject");
    }

    [Theory]
    [InlineData(HistoryKeep.None, "", "History:Keep is none; events need all or failures")]
    [InlineData(
        HistoryKeep.Failures, "?events=message.accepted,message.delivered",
        "History:Keep is failures; allowed for events of the kinds accepted, delivered: all")]
    public async Task Events_that_are_not_kept_are_refused(HistoryKeep keep, string query, string detail)
    {
        _host.Feed.Keep = keep;
        var (response, body) = await _host.SendAsync(HttpMethod.Get, "/api/v1/events" + query, "look");
        Assert.Equal(HttpStatusCode.Conflict, response.StatusCode);
        ProblemTests.AssertProblem(response, body, "no-history", detail);
    }

    [Fact]
    public async Task Streams_beyond_the_limit_are_refused_until_one_ends()
    {
        var hub = _host.Services.GetRequiredService<EventHub>();
        for (var i = 0; i < EventHub.MaxStreams; i++) Assert.True(hub.TryOpen());
        var (response, body) = await _host.SendAsync(HttpMethod.Get, "/api/v1/events", "look");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.Equal(TimeSpan.FromSeconds(10), response.Headers.RetryAfter!.Delta);
        ProblemTests.AssertProblem(response, body, "too-many-streams", "the node has 100 streams of events");
        hub.Close();
        using var stream = await OpenAsync();
        await stream.ReadAsync();
    }

    [Fact]
    public async Task Streams_end_when_the_node_stops()
    {
        using var stream = await OpenAsync();
        await stream.ReadAsync();
        await _host.StopAsync();
        Assert.Null(await stream.ReadLineAsync());
    }

    [Fact]
    public async Task Nothing_is_read_without_a_stream()
    {
        using (var stream = await OpenAsync())
        {
            await stream.ReadAsync();
            Assert.Equal(1, _host.Feed.Watchers);
        }

        while (_host.Feed.Watchers > 0) await Task.Delay(5, _limit.Token);
        var reads = _host.Feed.Reads;
        _host.Feed.Add(Event(0, HistoryKind.Delivered));
        Assert.Equal(reads, _host.Feed.Reads);
    }

    internal static HistoryEvent Event(int number, HistoryKind kind) => new(
        MessageId.FromHalves(1, (ulong)number), Queue, number, 0, kind, new DateTimeOffset(2026, 11, 29, 18, 0, 0, TimeSpan.Zero),
        $"{number}@a.test", "from@b.test");

    private async Task<Reader> OpenAsync(string query = "", string? lastId = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri("/api/v1/events" + query, UriKind.Relative));
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", "look");
        if (lastId is not null) request.Headers.Add("Last-Event-ID", lastId);
        var response = await _host.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, _limit.Token);
        Assert.Equal(
            (HttpStatusCode.OK, "text/event-stream", "no-store"),
            (response.StatusCode, response.Content.Headers.ContentType?.ToString(), response.Headers.CacheControl?.ToString()));
        return new Reader(response, new StreamReader(await response.Content.ReadAsStreamAsync()), _limit.Token);
    }

    private sealed record Reader(HttpResponseMessage Response, StreamReader Text, CancellationToken Limit) : IDisposable
    {
        public async Task<string> ReadAsync()
        {
            List<string> lines = [];
            while (await ReadLineAsync() is { Length: > 0 } line) lines.Add(line);
            return string.Join('\n', lines);
        }

        public async Task<string?> ReadLineAsync() => await Text.ReadLineAsync(Limit);

        public void Dispose()
        {
            Text.Dispose();
            Response.Dispose();
        }
    }
}
