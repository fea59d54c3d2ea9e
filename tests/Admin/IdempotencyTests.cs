using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Postfleet.Admin.Options;
using Postfleet.Admin.Tests.Http;
using Postfleet.Core.Queueing;
using Xunit;

namespace Postfleet.Admin.Tests;

/// <summary>The idempotency key of a message over HTTP.</summary>
public sealed class IdempotencyTests : IAsyncLifetime
{
    private AdminHost _host = null!;

    public async Task InitializeAsync() => _host = await AdminHost.StartAsync(new AdminOptions
    {
        Token = "all",
        Tokens = [new TokenOptions { Name = "shop", Token = "send", Scope = ApiScope.Inject }],
    });

    public async Task DisposeAsync() => await _host.DisposeAsync();

    [Fact]
    public async Task Key_has_the_token_as_owner_and_the_hash_of_the_body()
    {
        await SendAsync(Json("order 4711"));
        await SendAsync(Json("order 4711"), "all");
        await SendAsync(Json("order 4711", text: "y"));
        await SendAsync(Json(null));
        var keys = _host.Mail.Submitted.Select(submission => submission.Key).ToList();
        Assert.Equal(["http:shop", "http:admin", "http:shop", null], keys.Select(key => key?.Owner));
        Assert.All(keys[..3], key => Assert.Equal("order 4711", key!.Key));
        Assert.Equal(SHA256.HashData(Encoding.UTF8.GetBytes(Json("order 4711"))), keys[0]!.Hash.ToArray());
        Assert.Equal(keys[0]!.Hash.ToArray(), keys[1]!.Hash.ToArray());
        Assert.NotEqual(keys[0]!.Hash.ToArray(), keys[2]!.Hash.ToArray());
    }

    [Fact]
    public async Task Repeated_message_gets_the_answer_of_the_first()
    {
        var first = MessageId.New(DateTimeOffset.UnixEpoch);
        _host.Mail.Result = StoreResult.StoredBefore(first);
        var (response, body) = await SendAsync(Json("k"));
        Assert.Equal(HttpStatusCode.Accepted, response.StatusCode);
        Assert.Equal(first.ToString(), body.GetProperty("id").GetString());
        Assert.Single(_host.Log.Lines, line => line.Name == "repeated over http");
        Assert.DoesNotContain(_host.Log.Lines, line => line.Name == "accepted over http");
    }

    [Fact]
    public async Task Key_of_another_message_is_a_conflict()
    {
        _host.Mail.Result = StoreResult.KeyConflict;
        var (response, body) = await SendAsync(Json("k"));
        Assert.Equal(HttpStatusCode.UnprocessableEntity, response.StatusCode);
        ProblemTests.AssertProblem(
            response, body, "idempotency-conflict", "idempotencyKey 'k' was used within 24 hours with another body");
    }

    [Theory]
    [InlineData("")]
    [InlineData(" a")]
    [InlineData("a ")]
    [InlineData("a\nb")]
    [InlineData("\u00e4")]
    [InlineData("256 characters", 256)]
    public async Task Malformed_key_is_refused(string key, int length = 0)
    {
        var (response, body) = await SendAsync(Json(key.PadRight(length, 'k')));
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        ProblemTests.AssertProblem(response, body, "bad-body", "idempotencyKey is '");
        Assert.EndsWith(
            "allowed: 1 to 255 printable ASCII characters, without a space at either end", body.GetProperty("detail").GetString(),
            StringComparison.Ordinal);
        Assert.Empty(_host.Mail.Submitted);
    }

    private static string Json(string? key, string text = "x") => JsonSerializer.Serialize(
        new { from = "bounces@b.test", recipients = (string[])["to@a.test"], text, idempotencyKey = key });

    private async Task<(HttpResponseMessage Response, JsonElement Body)> SendAsync(string json, string token = "send")
    {
        using var content = new StringContent(json, Encoding.UTF8, "application/json");
        return await _host.SendAsync(HttpMethod.Post, "/api/v1/messages", token, content);
    }
}
