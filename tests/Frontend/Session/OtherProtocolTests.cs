using Postfleet.Frontend.Options;
using Postfleet.Frontend.Tests.Fixtures;
using Xunit;

namespace Postfleet.Frontend.Tests.Session;

/// <summary>Clients of another protocol: a web page must not be able to send mail through a browser.</summary>
public sealed class OtherProtocolTests
{
    private const string Mail = "EHLO c\r\nMAIL FROM:<a@x.test>\r\nRCPT TO:<b@y.test>\r\nDATA\r\nSubject: x\r\n\r\nx\r\n.\r\nQUIT\r\n";

    [Theory]
    [InlineData("POST / HTTP/1.1\r\nHost: 127.0.0.1:2525\r\nContent-Length: 99\r\n\r\n")]
    [InlineData("GET / HTTP/1.1\r\n\r\n")]
    [InlineData("PUT /x HTTP/1.1\r\n")]
    [InlineData("get / http/1.1\r\n")]
    [InlineData("OPTIONS * HTTP/1.1\r\n")]
    [InlineData("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")]
    [InlineData("Host: 127.0.0.1:2525\r\n")]
    [InlineData("X-Forwarded-For:1.2.3.4\r\n")]
    public async Task An_HTTP_method_ends_the_session_at_once(string request)
    {
        var world = new World();
        await using var client = new MemoryClient(world);
        await client.ExpectAsync("220 *");
        await client.SendAsync(request + Mail);
        await client.ExpectAsync("421 4.7.0 This is an SMTP server, closing connection");
        await client.ExpectEndAsync();
        Assert.Empty(world.Submission.Stored);
    }

    [Fact]
    public async Task An_HTTP_request_after_HELO_ends_the_session()
    {
        var world = new World();
        await using var client = new MemoryClient(world);
        await client.SendAsync("EHLO c\r\nPOST / HTTP/1.1\r\n" + Mail);
        string? last = null;
        while (await client.ReadLineAsync() is { } line) last = line;
        Assert.Equal("421 4.7.0 This is an SMTP server, closing connection", last);
        Assert.Empty(world.Submission.Stored);
    }

    [Fact]
    public async Task Fewer_errors_are_allowed_before_HELO_than_after()
    {
        var world = new World();
        await using var client = new MemoryClient(world);
        await client.ExpectAsync("220 *");
        await client.SendAsync("one\r\ntwo\r\nthree\r\n" + Mail);
        await client.ExpectAsync("500 *", "500 *", "500 *", "421 4.7.0 Too many errors");
        await client.ExpectEndAsync();

        await using var other = new MemoryClient(world);
        await other.SendAsync(
            "one\r\ntwo\r\nHELO c\r\n" + string.Concat(Enumerable.Repeat("x\r\n", new SmtpOptions().MaxErrors - 3)) + "NOOP\r\n");
        string? last = null;
        for (var i = 0; i < new SmtpOptions().MaxErrors + 2; i++) last = await other.ReadLineAsync();
        Assert.Equal("250 2.0.0 Ok", last);
    }
}
