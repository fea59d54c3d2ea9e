using System.Net;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using MimeKit;
using Postfleet.Admin.Options;
using Postfleet.Admin.Tests.Http;
using Postfleet.Contracts.Queueing;
using Postfleet.Core.Concurrency;
using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;
using Xunit;

namespace Postfleet.Admin.Tests;

public sealed class InjectionEndpointsTests : IAsyncLifetime
{
    private const string Start = """{ "from": "bounces@b.test", "recipients": ["to@a.test"], """;

    private AdminHost _host = null!;

    public async Task InitializeAsync() => _host = await AdminHost.StartAsync(new AdminOptions
    {
        Token = "all",
        Tokens =
        [
            new TokenOptions { Name = "shop", Token = "send", Scope = ApiScope.Inject },
            new TokenOptions { Name = "dashboard", Token = "look", Scope = ApiScope.Read },
        ],
    });

    public async Task DisposeAsync() => await _host.DisposeAsync();

    [Fact]
    public async Task Raw_message_is_submitted_below_a_trace_header_with_crlf_and_facts_of_its_acceptance()
    {
        var (response, body) = await SendAsync(
            """
            { "from": "bounces@B.test", "recipients": ["to@a.test", "to@A.TEST", "x@c.test"], "stream": "bulk",
              "raw": "Subject: x\nMessage-ID: <1@b.test>\r\n\r\n.\nh\u00e9llo" }
            """);
        Assert.Equal(HttpStatusCode.Accepted, response.StatusCode);
        var submission = Assert.Single(_host.Mail.Submitted);
        Assert.Equal(submission.Id.ToString(), body.GetProperty("id").GetString());
        Assert.Equal("bulk", submission.Stream);
        Assert.Equal(["to@a.test", "x@c.test"], submission.Recipients.Select(recipient => recipient.Address));
        var envelope = submission.Envelope;
        Assert.Equal("bounces@b.test", envelope.ReversePath!.Address);
        Assert.Equal((true, false, false), (envelope.HasEightBitContent, envelope.NeedsSmtpUtf8, envelope.IsFromUntrustedClient));
        Assert.Equal(("127.0.0.1", submission.Content.Length), (envelope.ClientAddress, envelope.Size));
        Assert.Equal(
            AcceptanceDetails.None with { Listener = "http", User = "shop", HeaderMessageId = "<1@b.test>" }, envelope.Acceptance);
        var text = Text(submission);
        Assert.Matches(
            $@"^Received: by localhost with HTTP id {submission.Id};\r\n\t\w{{3}}, \d+ \w{{3}} \d{{4}} [\d:]{{8}} \+0000\r\nSubject: x\r\n",
            text);
        Assert.EndsWith("Message-ID: <1@b.test>\r\n\r\n.\r\nhéllo\r\n", text, StringComparison.Ordinal);
        var line = Assert.Single(_host.Log.Lines, line => line.Name == "accepted over http");
        Assert.Equal(("shop", "bounces@b.test", 2), (line.Fields["Token"], line.Fields["From"], line.Fields["Count"]));
        Assert.Equal("to@a.test,x@c.test", line.Fields["Recipients"]);
    }

    [Fact]
    public async Task Parts_become_a_message_in_ascii()
    {
        var (response, _) = await SendAsync(
            """
            { "from": "bounces@b.test", "recipients": ["to@a.test"],
              "headers": { "From": "Shöp <news@b.test>", "Subject": "Ünseres", "X-Order": "12" },
              "text": "h\u00e9llo", "html": "<p>h\u00e9llo <img src='cid:logo'></p>",
              "attachments": [
                { "name": "order.txt", "type": "text/plain", "content": "MTIgYXBwbGVz" },
                { "name": "logo.png", "type": "image/png", "content": "AAECAw==", "contentId": "logo" } ] }
            """);
        Assert.Equal(HttpStatusCode.Accepted, response.StatusCode);
        var submission = Assert.Single(_host.Mail.Submitted);
        Assert.Equal((false, false), (submission.Envelope.HasEightBitContent, submission.Envelope.NeedsSmtpUtf8));
        using var octets = new MemoryStream(submission.Content.ToMemory().ToArray());
        using var message = await MimeMessage.LoadAsync(octets);
        Assert.Equal(("\"Shöp\" <news@b.test>", "to@a.test"), (message.From.ToString(), message.To.ToString()));
        Assert.Equal(("Ünseres", "12"), (message.Subject, message.Headers["X-Order"]));
        Assert.Equal(("héllo", "<p>héllo <img src='cid:logo'></p>"), (message.TextBody?.TrimEnd(), message.HtmlBody?.TrimEnd()));
        Assert.EndsWith("@localhost", message.MessageId, StringComparison.Ordinal);
        Assert.Equal($"<{message.MessageId}>", submission.Envelope.Acceptance.HeaderMessageId);
        Assert.InRange(message.Date, DateTimeOffset.UtcNow.AddMinutes(-1), DateTimeOffset.UtcNow.AddSeconds(1));
        var attachment = Assert.IsType<TextPart>(Assert.Single(message.Attachments));
        Assert.Equal(("order.txt", "12 apples"), (attachment.FileName, attachment.Text));
        Assert.Contains(message.BodyParts, part => part.ContentId == "logo");
    }

    [Fact]
    public async Task Missing_fields_of_the_header_are_added_and_other_recipients_are_not_shown()
    {
        await SendAsync("""{ "from": "b@b.test", "recipients": ["to@a.test", "x@c.test"], "text": "" }""");
        var text = Text(Assert.Single(_host.Mail.Submitted));
        Assert.Contains("\r\nFrom: b@b.test\r\n", text, StringComparison.Ordinal);
        using var octets = new MemoryStream(Encoding.UTF8.GetBytes(text));
        using var message = await MimeMessage.LoadAsync(octets);
        var group = Assert.IsType<GroupAddress>(Assert.Single(message.To));
        Assert.Equal(("undisclosed-recipients", 0), (group.Name, group.Members.Count));
        Assert.DoesNotContain("x@c.test", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Null_reverse_path_and_utf8_header_are_taken()
    {
        await SendAsync("""{ "from": "<>", "recipients": ["to@a.test"], "raw": "Subject: \u00fc\n\nx" }""");
        var envelope = Assert.Single(_host.Mail.Submitted).Envelope;
        Assert.Null(envelope.ReversePath);
        Assert.True(envelope is { NeedsSmtpUtf8: true, HasEightBitContent: true });
    }

    [Fact]
    public async Task Stream_must_be_configured_where_streams_are()
    {
        var settings = new AdminSettings(new AdminOptions(), new MetricsOptions { Enabled = false })
        {
            Streams = new StreamSet([("transactional", 10), ("bulk", 1)]),
        };
        await using var host = await AdminHost.StartAsync(
            configure: services => services.AddSingleton(new Current<AdminSettings>(settings)));
        foreach (var (stream, status) in new[] { ("bulk", 202), ("default", 202), ("news", 422) })
        {
            using var content = new StringContent(
                $$""" { "from": "b@b.test", "recipients": ["to@a.test"], "text": "x", "stream": "{{stream}}" } """, Encoding.UTF8,
                "application/json");
            var (response, body) = await host.SendAsync(HttpMethod.Post, "/api/v1/messages", content: content);
            Assert.Equal(status, (int)response.StatusCode);
            if (status == 422)
            {
                ProblemTests.AssertProblem(
                    response, body, "message-refused",
                    "stream is 'news'; allowed: default, or a stream of the configuration: transactional, bulk");
            }
        }

        Assert.Equal(["bulk", "default"], host.Mail.Submitted.Select(submission => submission.Stream));
    }

    [Theory]
    [InlineData("""{ "recipients": ["to@a.test"], "text": "x" }""", "lacks from")]
    [InlineData("""{ "from": "nobody", "recipients": ["to@a.test"], "text": "x" }""", "from is 'nobody'; allowed: an address, or <>")]
    [InlineData("""{ "from": "b@b.test", "recipients": [], "text": "x" }""", "recipients has 0 addresses; allowed: 1 to 1000")]
    [InlineData("""{ "from": "b@b.test", "recipients": ["a@a.test", "x"], "text": "x" }""", "recipients[1] is 'x'; allowed: an address")]
    [InlineData("""{ "from": "b@b.test", "recipients": [null], "text": "x" }""", "recipients[0] is 'null'; allowed: an address")]
    [InlineData("""{ "from": "b@b.test", "recipients": ["a@a.test\r\nRCPT TO:<c@c.test>"], "text": "x" }""", "recipients[0] is")]
    [InlineData("""{ "from": "<>", "recipients": ["to@a.test"], "text": "x" }""", "headers has no From, and from is '<>'")]
    [InlineData(Start + """ "stream": "Bulk", "text": "x" }""", "stream is 'Bulk'")]
    [InlineData(Start + """ "sendAfter": "1h", "text": "x" }""", "sendAfter in $ is no property; allowed: from, recipients")]
    [InlineData("""{ "from": "b@b.test", "recipients": ["to@a.test"] }""", "$ lacks raw, text and html")]
    [InlineData(Start + """ "raw": "" }""", "raw is ''; allowed: a message")]
    [InlineData(Start + """ "raw": "Subject: x\nBCC : c@c.test\n\nx" }""", "line 2 of the message is Bcc")]
    [InlineData(Start + """ "raw": "a: b\nX-postfleet-STREAM : k\n\nx" }""", "line 2 of the message is X-Postfleet-Stream; allowed: ")]
    [InlineData(Start + """ "raw": "X-Postfleet-Stream\u000b : k\n\nx" }""", "line 1 of the message is X-Postfleet-Stream; allowed: ")]
    [InlineData(Start + """ "raw": "X-Postfleet-Stream\n : k\n\nx" }""", "line 1 of the message is X-Postfleet-Stream; allowed: ")]
    [InlineData(Start + """ "raw": "bcc\n : c@c.test\n\nx" }""", "line 1 of the message is Bcc")]
    [InlineData(Start + """ "text": "x", "headers": { "X-Postfleet-Stream": "k" } }""", "allowed: the stream in stream")]
    [InlineData(Start + """ "raw": "x-postfleet-Idempotency-Key: k\n\nx" }""", "allowed: the key in idempotencyKey")]
    [InlineData(Start + """ "text": "x", "headers": { "X-Postfleet-Idempotency-Key": "k" } }""", "allowed: the key in idempotencyKey")]
    [InlineData(Start + """ "raw": "x", "text": "x" }""", "raw is given beside headers, text, html or attachments")]
    [InlineData(Start + """ "raw": "Subject: x\n\nab\u0000c" }""", "line 3 of the message has a NUL")]
    [InlineData(Start + """ "raw": "Subject: x\n\nab\rc" }""", "line 3 of the message has a CR without LF")]
    [InlineData(Start + """ "text": "a\u0000" }""", "text has a NUL")]
    [InlineData(Start + """ "html": "a\r\nb\r" }""", "html has a CR without LF")]
    [InlineData(Start + """ "text": "\ud800" }""", "text")]
    [InlineData(Start + """ "text": "x", "headers": { "Subject": "x\r\nBcc: c@c.test" } }""", "headers.Subject has a malformed value")]
    [InlineData(Start + """ "text": "x", "headers": { "Subject\r\nBcc": "c@c.test" } }""", "headers has a field with a malformed name")]
    [InlineData(Start + """ "text": "x", "headers": { "a:b": "c" } }""", "headers has a field with a malformed name")]
    [InlineData(Start + """ "text": "x", "headers": { "To": "a@a.test", "to": "a@a.test" } }""", "headers.to is given more than once")]
    [InlineData(Start + """ "text": "x", "headers": { "Bcc": "a@a.test" } }""", "headers.Bcc would be shown to all recipients")]
    [InlineData(Start + """ "text": "x", "headers": { "Content-Type": "text/plain" } }""", "headers.Content-Type is set")]
    [InlineData(Start + """ "text": "x", "headers": { "From": "\u00fc@b.test" } }""", "headers.From has a local part beyond ASCII")]
    [InlineData(Start + """ "text": "x", "headers": { "From": "" } }""", "headers.From is no list of addresses")]
    [InlineData(Start + """ "text": "x", "headers": { "X": 1 } }""", "allowed: a text")]
    [InlineData(Start + """ "text": "x", "attachments": [{ "name": "a", "content": "?" }] }""", "allowed: a text in base64")]
    [InlineData(Start + """ "text": "x", "attachments": [{ "name": "a\n", "content": "" }] }""", "attachments[0].name is malformed")]
    [InlineData(
        Start + """ "text": "x", "attachments": [{ "name": "a", "content": "", "typ": "" }] }""",
        "typ in $.attachments[0] is no property; allowed: name, content, type, contentId")]
    [InlineData(
        Start + """ "text": "x", "attachments": [{ "name": "a", "content": "", "type": "message/rfc822" }] }""",
        "attachments[0].type is malformed")]
    [InlineData(
        Start + """ "text": "x", "attachments": [{ "name": "a", "content": "", "contentId": "a b" }] }""",
        "attachments[0].contentId is malformed")]
    public async Task Request_with_a_fault_is_refused(string json, string detail)
    {
        var (response, body) = await SendAsync(json);
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        ProblemTests.AssertProblem(response, body, "bad-body", detail);
        Assert.Empty(_host.Mail.Submitted);
    }

    [Fact]
    public async Task Long_line_and_loop_are_refused()
    {
        var (response, body) = await SendAsync(Start + $$""" "raw": "X: y\n\n{{new string('a', 999)}}" }""");
        ProblemTests.AssertProblem(response, body, "bad-body", "line 3 of the message has 999 octets; allowed: 998");
        (response, _) = await SendAsync(Start + $$""" "raw": "X: y\n\n{{new string('a', 998)}}" }""");
        Assert.Equal(HttpStatusCode.Accepted, response.StatusCode);
        (response, body) = await SendAsync(
            Start + $$""" "raw": "{{string.Concat(Enumerable.Repeat(@"RECEIVED: x\n", 51))}}\n" }""");
        ProblemTests.AssertProblem(response, body, "bad-body", "the message has more than 50 Received fields");
    }

    [Fact]
    public async Task Message_beyond_the_limit_is_too_large()
    {
        var line = new string('a', 98) + "\\n";
        var (response, body) = await SendAsync(Start + $$""" "raw": "{{string.Concat(Enumerable.Repeat(line, 260_000))}}" }""");
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, response.StatusCode);
        ProblemTests.AssertProblem(response, body, "too-large", "the message has more than 25000000 octets");
    }

    [Theory]
    [InlineData(StoreStatus.Unavailable, 503, "storage-unavailable", "the storage does not answer")]
    [InlineData(StoreStatus.InsufficientStorage, 503, "storage-unavailable", "the storage has no space")]
    [InlineData(StoreStatus.SigningKeyMissing, 503, "message-deferred", "the message must be signed, and the key is missing")]
    [InlineData(StoreStatus.Unsignable, 422, "message-refused", "the message must be signed, which needs one From field")]
    public async Task Message_that_is_not_stored_is_not_accepted(StoreStatus status, int code, string kind, string detail)
    {
        _host.Mail.Result = new StoreResult(status);
        var (response, body) = await SendAsync(Start + """ "text": "x" }""");
        Assert.Equal(code, (int)response.StatusCode);
        ProblemTests.AssertProblem(response, body, kind, detail);
    }

    [Fact]
    public async Task Only_tokens_that_inject_or_operate_may_send()
    {
        var (response, body) = await SendAsync(Start + """ "text": "x" }""", "look");
        Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
        ProblemTests.AssertProblem(
            response, body, "forbidden", "the token 'dashboard' has the scope read; allowed: a token of the scope inject or operate");
        Assert.Equal(HttpStatusCode.Unauthorized, (await SendAsync(Start + """ "text": "x" }""", null)).Response.StatusCode);
        Assert.Empty(_host.Mail.Submitted);
        Assert.Equal(HttpStatusCode.Accepted, (await SendAsync(Start + """ "text": "x" }""", "all")).Response.StatusCode);
        Assert.Equal("admin", Assert.Single(_host.Mail.Submitted).Envelope.Acceptance.User);
    }

    private async Task<(HttpResponseMessage Response, JsonElement Body)> SendAsync(string json, string? token = "send")
    {
        using var content = new StringContent(json, Encoding.UTF8, "application/json");
        return await _host.SendAsync(HttpMethod.Post, "/api/v1/messages", token, content);
    }

    private static string Text(Submission submission) => Encoding.UTF8.GetString(submission.Content.ToMemory().Span);
}
