using System.Net;
using Microsoft.Extensions.Time.Testing;
using Postfleet.Admin.Http;
using Postfleet.Admin.Options;
using Postfleet.Core;
using Postfleet.Core.Units;
using Postfleet.Testing;
using Xunit;

namespace Postfleet.Admin.Tests.Http;

/// <summary>Tests of tokens, their scopes and their rates.</summary>
public sealed class TokenTests
{
    private static readonly AdminOptions Three = new()
    {
        Token = "all",
        Tokens =
        [
            new TokenOptions { Name = "dashboard", Token = "look", Scope = ApiScope.Read },
            new TokenOptions { Name = "shop", Token = "send", Scope = ApiScope.Inject },
        ],
    };

    [Theory]
    [InlineData("all", HttpStatusCode.OK)]
    [InlineData("look", HttpStatusCode.OK)]
    [InlineData("send", HttpStatusCode.Forbidden)]
    [InlineData("wrong", HttpStatusCode.Unauthorized)]
    [InlineData("", HttpStatusCode.Unauthorized)]
    [InlineData(null, HttpStatusCode.Unauthorized)]
    public async Task Route_needs_a_token_of_its_scope(string? token, HttpStatusCode expected)
    {
        await using var host = await AdminHost.StartAsync(Three);
        var (response, body) = await host.SendAsync(HttpMethod.Get, "/api/v1/queues", token);
        Assert.Equal(expected, response.StatusCode);
        if (expected == HttpStatusCode.Unauthorized)
        {
            Assert.Equal("Bearer", response.Headers.WwwAuthenticate.Single().Scheme);
            ProblemTests.AssertProblem(response, body, "unauthorized", "Authorization: Bearer");
        }
        else if (expected == HttpStatusCode.Forbidden)
        {
            ProblemTests.AssertProblem(
                response, body, "forbidden", "the token 'shop' has the scope inject; allowed: a token of the scope read or operate");
        }
    }

    [Fact]
    public async Task Token_of_a_file_is_read_at_the_start()
    {
        using var folder = new TempFolder();
        var file = Path.Combine(folder.FullPath, "token");
        await File.WriteAllTextAsync(file, "from-file\n");
        await using var host = await AdminHost.StartAsync(new AdminOptions { TokenFile = file });
        Assert.Equal(HttpStatusCode.OK, (await host.SendAsync(HttpMethod.Get, "/api/v1/queues", "from-file")).Response.StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await host.SendAsync(HttpMethod.Get, "/api/v1/queues")).Response.StatusCode);
        File.Delete(file);
        await Assert.ThrowsAsync<StartFailureException>(() => AdminHost.StartAsync(new AdminOptions { TokenFile = file }));
    }

    [Fact]
    public async Task Token_of_a_file_is_read_again_when_the_file_changes()
    {
        using var folder = new TempFolder();
        var file = Path.Combine(folder.FullPath, "token");
        await File.WriteAllTextAsync(file, "first-token\n");
        var time = new FakeTimeProvider();
        await using var host = await AdminHost.StartAsync(new AdminOptions { TokenFile = file }, time);
        Assert.Equal((200, 401), (await StatusAsync("first-token"), await StatusAsync("second-token")));

        await File.WriteAllTextAsync(file, "second-token\n");
        Assert.Equal(200, await StatusAsync("first-token"));
        time.Advance(ApiTokens.FileInterval);
        Assert.Equal((401, 200), (await StatusAsync("first-token"), await StatusAsync("second-token")));
        Assert.Single(host.Log.Lines, line => line.Name == "token file read");

        // A file that cannot be used changes nothing, and is logged once.
        foreach (var text in new[] { "", "", "two words", new string('x', 1 << 20) })
        {
            await File.WriteAllTextAsync(file, text);
            time.Advance(ApiTokens.FileInterval);
            Assert.Equal(200, await StatusAsync("second-token"));
        }

        File.Delete(file);
        time.Advance(ApiTokens.FileInterval);
        Assert.Equal(200, await StatusAsync("second-token"));
        Assert.Equal(4, host.Log.Lines.Count(line => line.Name == "token file unusable"));
        Assert.DoesNotContain(host.Log.Lines.SelectMany(line => line.Fields.Values), value => $"{value}" == "second-token");

        await File.WriteAllTextAsync(file, "third-token");
        time.Advance(ApiTokens.FileInterval);
        Assert.Equal((401, 200), (await StatusAsync("second-token"), await StatusAsync("third-token")));

        async Task<int> StatusAsync(string token) =>
            (int)(await host.SendAsync(HttpMethod.Get, "/api/v1/queues", token)).Response.StatusCode;
    }

    [Fact]
    public async Task Each_token_has_a_rate_of_its_own()
    {
        var time = new FakeTimeProvider();
        await using var host = await AdminHost
            .StartAsync(Three with { MaxRate = Rate.TryParse("3/m", out var rate) ? rate : default }, time);
        for (var i = 0; i < 3; i++) Assert.Equal(HttpStatusCode.OK, await StatusAsync("all"));
        var (response, body) = await host.SendAsync(HttpMethod.Get, "/api/v1/captured", "all");
        Assert.Equal(HttpStatusCode.TooManyRequests, response.StatusCode);
        Assert.Equal(TimeSpan.FromSeconds(20), response.Headers.RetryAfter!.Delta);
        ProblemTests.AssertProblem(
            response, body, "too-many-requests", "requests with the token 'admin' are limited to 3/m by Admin:MaxRate; try again in 20 s");
        Assert.Equal(HttpStatusCode.OK, await StatusAsync("look"));
        time.Advance(TimeSpan.FromSeconds(20));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync("all"));
        Assert.Equal(HttpStatusCode.TooManyRequests, await StatusAsync("all"));

        async Task<HttpStatusCode> StatusAsync(string token) =>
            (await host.SendAsync(HttpMethod.Get, "/api/v1/captured", token)).Response.StatusCode;
    }

    [Fact]
    public async Task Guesses_of_tokens_are_limited_together_and_known_tokens_still_work()
    {
        await using var host = await AdminHost.StartAsync(Three, new FakeTimeProvider());
        List<HttpStatusCode> answers = [];
        for (var i = 0; i < 30; i++)
            answers.Add((await host.SendAsync(HttpMethod.Get, "/api/v1/captured", $"guess{i}")).Response.StatusCode);
        Assert.Equal(20, answers.Count(status => status == HttpStatusCode.Unauthorized));
        Assert.Equal(10, answers.Count(status => status == HttpStatusCode.TooManyRequests));
        Assert.Equal(HttpStatusCode.OK, (await host.SendAsync(HttpMethod.Get, "/api/v1/captured", "all")).Response.StatusCode);
    }
}
