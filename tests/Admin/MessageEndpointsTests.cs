using System.Net;
using Postfleet.Admin.Options;
using Postfleet.Admin.Tests.Http;
using Postfleet.Contracts.Stats;
using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;
using Postfleet.Spool.Common;
using Xunit;

namespace Postfleet.Admin.Tests;

public sealed class MessageEndpointsTests : IAsyncLifetime
{
    private static readonly MessageId Id = MessageId.FromHalves(1, 2);

    private static readonly QueueKey Queue = QueueKey.FromTrusted("bulk:a.test");

    private AdminHost _host = null!;

    public async Task InitializeAsync() => _host = await AdminHost.StartAsync(new AdminOptions
    {
        Token = "all",
        Tokens = [new TokenOptions { Name = "dashboard", Token = "look", Scope = ApiScope.Read }],
    });

    public async Task DisposeAsync() => await _host.DisposeAsync();

    [Fact]
    public async Task Search_has_all_conditions_and_shows_recipients_with_reply_and_class()
    {
        AddEvents();
        var (response, body) = await _host.SendAsync(
            HttpMethod.Get,
            "/api/v1/messages?recipient=to@A.test&sender=from@b.test&domain=A.test&stream=bulk&state=deferred&messageId=%3C1@b.test%3E" +
                "&reply=full&since=2026-11-29T18:00:00Z&until=2026-11-29T19:00:00%2B01:00&limit=7&cursor=here", "look");
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(
            (new HistoryQuery
            {
                Recipient = Mailbox.Parse("to@a.test"),
                Sender = Mailbox.Parse("from@b.test"),
                Domain = Mailbox.Parse("to@a.test").Domain,
                Stream = "bulk",
                State = HistoryState.Deferred,
                HeaderMessageId = "<1@b.test>",
                Reply = "full",
                Since = new DateTimeOffset(2026, 11, 29, 18, 0, 0, TimeSpan.Zero),
                Until = new DateTimeOffset(2026, 11, 29, 18, 0, 0, TimeSpan.Zero),
            }, "here", 7), _host.Mail.Searched);
        Assert.Equal("next", body.GetProperty("cursor").GetString());
        var found = body.GetProperty("messages")[1];
        Assert.Equal((Id.ToString(), "to@a.test", "deferred", "452 4.2.2 mailbox full", "mailbox-full"), (
            found.GetProperty("id").GetString(), found.GetProperty("recipient").GetString(), found.GetProperty("state").GetString(),
            found.GetProperty("reply").GetString(), found.GetProperty("class").GetString()));

        await _host.SendAsync(HttpMethod.Get, "/api/v1/messages?sender=%3C%3E", "look");
        Assert.Equal((new HistoryQuery { HasNullSender = true }, null, 100), _host.Mail.Searched);
    }

    [Theory]
    [InlineData("recipient=nobody", "bad-parameter", "recipient is 'nobody'; allowed: an address")]
    [InlineData("sender=nobody", "bad-parameter", "sender is 'nobody'; allowed: an address, or <>")]
    [InlineData("domain=a..test", "bad-parameter", "domain is 'a..test'")]
    [InlineData("stream=a.b", "bad-parameter", "stream is 'a.b'")]
    [InlineData("state=lost", "bad-parameter", "state is 'lost'; allowed: accepted, delivered, deferred, failed, expired, dropped")]
    [InlineData("since=yesterday", "bad-parameter", "since is 'yesterday'; allowed: a time as in 2026-11-29T18:00:00Z")]
    [InlineData("since=2026-13-01T00:00:00Z", "bad-parameter", "since is '2026-13-01T00:00:00Z'")]
    [InlineData("limit=1001", "bad-parameter", "limit is '1001'; allowed: a whole number of 1 to 1000")]
    [InlineData("cursor=bad", "bad-cursor", "cursor is 'bad'")]
    [InlineData("recipients=a@b.test", "bad-parameter", "recipients is no parameter of this route; allowed: recipient, sender")]
    public async Task Search_with_a_fault_is_refused(string query, string slug, string detail)
    {
        var (response, body) = await _host.SendAsync(HttpMethod.Get, $"/api/v1/messages?{query}", "look");
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        ProblemTests.AssertProblem(response, body, slug, detail);
    }

    [Fact]
    public async Task Timeline_has_the_acceptance_the_events_and_the_queues_in_which_the_message_waits()
    {
        AddEvents();
        _host.Mail.Parts.Add(new ScannedPart(new PartId(Id, Queue), "from@b.test", ""));
        _host.Mail.Parts.Add(new ScannedPart(new PartId(MessageId.FromHalves(1, 3), Queue), "", ""));
        var (_, body) = await _host.SendAsync(HttpMethod.Get, $"/api/v1/messages/{Id.ToString().ToLowerInvariant()}", "look");
        Assert.Equal("from@b.test", body.GetProperty("sender").GetString());
        Assert.Equal((17, "<1@b.test>"), (
            body.GetProperty("acceptance").GetProperty("size").GetInt32(),
            body.GetProperty("acceptance").GetProperty("headerMessageId").GetString()));
        Assert.Equal(
            ("1970-01-01T00:01:00+00:00", "4711"),
            (body.GetProperty("acceptance").GetProperty("sendAt").GetString(),
                body.GetProperty("acceptance").GetProperty("metadata").GetProperty("order").GetString()));
        Assert.Equal(["bulk:a.test"], body.GetProperty("waiting").EnumerateArray().Select(queue => queue.GetString()));
        Assert.Equal(
            ["accepted", "deferred"], body.GetProperty("events").EnumerateArray().Select(each => each.GetProperty("kind").GetString()));
    }

    [Fact]
    public async Task Timeline_has_the_changes_of_owner_of_its_queues_among_the_events()
    {
        AddEvents();
        AddTakeover(Queue, DateTimeOffset.UnixEpoch.AddMilliseconds(500), TakeoverReason.NodeLost);
        AddTakeover(Queue, DateTimeOffset.UnixEpoch.AddSeconds(1).AddTicks(1), TakeoverReason.Unknown);
        AddTakeover(QueueKey.FromTrusted("bulk:b.test"), DateTimeOffset.UnixEpoch.AddMilliseconds(500), TakeoverReason.NodeLeft);
        var (_, body) = await _host.SendAsync(HttpMethod.Get, $"/api/v1/messages/{Id}", "look");
        var events = body.GetProperty("events").EnumerateArray().ToList();
        Assert.Equal(["accepted", "takeover", "deferred"], events.Select(each => each.GetProperty("kind").GetString()));
        Assert.Equal(("", "bulk:a.test"), (events[1].GetProperty("recipient").GetString(), events[1].GetProperty("queue").GetString()));
        var takeover = events[1].GetProperty("takeover");
        Assert.Equal(
            ("10.0.0.2:1", "10.0.0.1:1", "node-lost", "10.0.0.2:1 has taken the queue over from 10.0.0.1:1, which the cluster has lost"), (
            takeover.GetProperty("owner").GetString(), takeover.GetProperty("formerOwner").GetString(),
            takeover.GetProperty("reason").GetString(), takeover.GetProperty("text").GetString()));

        // Now the message waits, so that the later change is of its time, too.
        _host.Mail.Parts.Add(new ScannedPart(new PartId(Id, Queue), "from@b.test", ""));
        (_, body) = await _host.SendAsync(HttpMethod.Get, $"/api/v1/messages/{Id}", "look");
        Assert.Equal(
            ["accepted", "takeover", "deferred", "takeover"],
            body.GetProperty("events").EnumerateArray().Select(each => each.GetProperty("kind").GetString()));
        Assert.Equal(
            System.Text.Json.JsonValueKind.Null, body.GetProperty("events")[3].GetProperty("takeover").GetProperty("reason").ValueKind);
    }

    [Fact]
    public async Task Waiting_message_has_the_next_attempt_and_the_constraint_of_each_of_its_queues()
    {
        var (other, at) = (QueueKey.FromTrusted("default:b.test"), DateTimeOffset.UtcNow.AddHours(1));
        _host.Mail.Parts.Add(new ScannedPart(new PartId(Id, Queue), "from@b.test", ""));
        _host.Mail.Parts.Add(new ScannedPart(new PartId(Id, other), "from@b.test", ""));
        _host.Stats.Publish(Queue, new QueueCounts { Messages = 50, Due = 49, Deferred = 1 });
        _host.Describe(
            new QueueDescription(Queue)
            {
                Messages = [new(Id, WaitingState.Deferred, DateTimeOffset.UnixEpoch, at) { Attempts = 3, LastReply = "452 4.2.2 full" }],
            },
            new DestinationDescription(new DestinationId("x")));
        var (_, body) = await _host.SendAsync(HttpMethod.Get, $"/api/v1/messages/{Id}", "look");
        var parts = body.GetProperty("parts");
        Assert.Equal(
            ("bulk:a.test", "deferred", at, 3, "retry-pause"),
            (parts[0].GetProperty("queue").GetString(), parts[0].GetProperty("state").GetString(),
                parts[0].GetProperty("nextAttempt").GetDateTimeOffset(), parts[0].GetProperty("attempts").GetInt32(),
                parts[0].GetProperty("why").GetProperty("constraint").GetString()));
        Assert.Equal(
            ("default:b.test", "unclaimed"),
            (parts[1].GetProperty("queue").GetString(), parts[1].GetProperty("why").GetProperty("constraint").GetString()));
    }

    [Fact]
    public async Task Message_without_events_is_shown_while_it_waits()
    {
        _host.Mail.Parts.Add(new ScannedPart(new PartId(Id, Queue), "from@b.test", ""));
        var (response, body) = await _host.SendAsync(HttpMethod.Get, $"/api/v1/messages/{Id}", "look");
        Assert.Equal((HttpStatusCode.OK, 1), (response.StatusCode, body.GetProperty("waiting").GetArrayLength()));
    }

    [Fact]
    public async Task Content_needs_the_scope_operate_and_is_given_octet_for_octet()
    {
        _host.Mail.Parts.Add(new ScannedPart(new PartId(Id, Queue), "from@b.test", ""));
        var (refused, problem) = await _host.SendAsync(HttpMethod.Get, $"/api/v1/messages/{Id}/raw", "look");
        Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
        ProblemTests.AssertProblem(
            refused, problem, "forbidden", "the token 'dashboard' has the scope read; allowed: a token of the scope operate");
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri($"/api/v1/messages/{Id}/raw", UriKind.Relative));
        request.Headers.Authorization = new("Bearer", "all");
        var response = await _host.Client.SendAsync(request);
        Assert.Equal("message/rfc822", response.Content.Headers.ContentType!.MediaType);
        Assert.Equal("Subject: x\r\n\r\n.\r\n", await response.Content.ReadAsStringAsync());
    }

    [Theory]
    [InlineData("/00000000000000000000000000", HttpStatusCode.NotFound, "unknown-message")]
    [InlineData("/00000000000000000000000000/raw", HttpStatusCode.NotFound, "unknown-message")]
    [InlineData("/abc", HttpStatusCode.BadRequest, "bad-parameter")]
    [InlineData("/abc/raw", HttpStatusCode.BadRequest, "bad-parameter")]
    public async Task Unknown_message_is_a_problem(string path, HttpStatusCode status, string slug)
    {
        var (response, body) = await _host.SendAsync(HttpMethod.Get, $"/api/v1/messages{path}", "all");
        Assert.Equal(status, response.StatusCode);
        ProblemTests.AssertProblem(response, body, slug, "");
    }

    private void AddTakeover(QueueKey queue, DateTimeOffset at, TakeoverReason reason) =>
        _host.Takeovers.Kept.Add(new QueueTakeover(queue, 7, at, "10.0.0.2:1", "10.0.0.1:1", reason));

    private void AddEvents()
    {
        _host.Mail.Events.Add(new HistoryEvent(Id, Queue, 0, 0, HistoryKind.Accepted, DateTimeOffset.UnixEpoch, "to@a.test", "from@b.test")
        {
            Acceptance = new HistoryAcceptance(17, "192.0.2.1", "shop.test", "")
            {
                Details = AcceptanceDetails.None with { HeaderMessageId = "<1@b.test>" },
                SendAfter = 60,
                Metadata = new MessageMetadata([new("order", "4711")]),
            },
        });
        _host.Mail.Events.Add(new HistoryEvent(
            Id, Queue, 1, 0, HistoryKind.Deferred, DateTimeOffset.UnixEpoch.AddSeconds(1), "to@a.test", "from@b.test")
        {
            Reply = new SmtpReply(452, new EnhancedStatus(4, 2, 2), "mailbox full"),
            RemoteHost = "mx.a.test [192.0.2.9]",
        });
    }
}
