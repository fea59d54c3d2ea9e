using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Postfleet.Admin.Options;
using Postfleet.Admin.Tests.Http;
using Xunit;

namespace Postfleet.Admin.Tests;

/// <summary>The endpoints of keys that sign.</summary>
public sealed class DkimEndpointsTests : IAsyncLifetime
{
    private const string Path = "/api/v1/dkim/example.org/s1";

    private AdminHost _host = null!;

    public async Task InitializeAsync() => _host = await AdminHost.StartAsync(new AdminOptions
    {
        Token = "all",
        Tokens = [new TokenOptions { Name = "dashboard", Token = "look", Scope = ApiScope.Read }],
    });

    public async Task DisposeAsync() => await _host.DisposeAsync();

    [Fact]
    public async Task A_key_is_made_shown_activated_and_retired()
    {
        var (response, body) = await PostAsync(
            "/api/v1/dkim", """{ "domain": "Example.ORG", "selector": "S1", "algorithm": "ed25519", "stream": "Bulk" }""");
        Assert.Equal((HttpStatusCode.Created, Path), (response.StatusCode, $"{response.Headers.Location}"));
        Assert.Equal(
            ["example.org", "s1", "bulk", "ed25519-sha256", "waiting", "s1._domainkey.example.org"],
            new[] { "domain", "selector", "stream", "algorithm", "state", "recordName" }
                .Select(name => body.GetProperty(name).GetString()!));
        Assert.Equal([255, 56], body.GetProperty("recordTexts").EnumerateArray().Select(text => text.GetString()!.Length));

        (_, body) = await _host.SendAsync(HttpMethod.Get, Path, "look");
        Assert.Equal("different", body.GetProperty("dns").GetString());
        (_, body) = await PostAsync($"{Path}/activate", null);
        Assert.Equal("active", body.GetProperty("state").GetString());
        (_, body) = await PostAsync($"{Path}/retire", null);
        Assert.Equal(("retired", "1970-01-15T00:00:00+00:00"),
            (body.GetProperty("state").GetString(), body.GetProperty("keepRecordUntil").GetString()));
        (response, body) = await PostAsync($"{Path}/activate", null);
        Assert.Equal(HttpStatusCode.Conflict, response.StatusCode);
        ProblemTests.AssertProblem(response, body, "signing-key-conflict", "the key 's1' of 'example.org' is retired; allowed: a new key");
    }

    [Fact]
    public async Task Keys_are_listed_page_by_page()
    {
        foreach (var name in (string[])["b", "a", "c"])
            await PostAsync("/api/v1/dkim", $$"""{ "domain": "{{name}}.example", "selector": "s" }""");
        var (_, first) = await _host.SendAsync(HttpMethod.Get, "/api/v1/dkim?limit=2", "look");
        Assert.Equal(["a.example", "b.example"], DomainsOf(first));
        var (_, second) = await _host.SendAsync(HttpMethod.Get, $"/api/v1/dkim?limit=2&cursor={first.GetProperty("cursor")}", "look");
        Assert.Equal(["c.example"], DomainsOf(second));
        Assert.Equal(JsonValueKind.Null, second.GetProperty("cursor").ValueKind);

        static IEnumerable<string> DomainsOf(JsonElement list) =>
            list.GetProperty("keys").EnumerateArray().Select(key => key.GetProperty("domain").GetString()!);
    }

    [Theory]
    [InlineData("""{ "domain": "a_b c", "selector": "s" }""", "domain is 'a_b c'; allowed: a domain name")]
    [InlineData("""{ "domain": "[192.0.2.1]", "selector": "s" }""", "domain is '[192.0.2.1]'; allowed: a domain name")]
    [InlineData("""{ "domain": "a.example", "selector": "s/t" }""", "selector is 's/t'; allowed: a domain name")]
    [InlineData("""{ "domain": "a.example", "selector": "s", "algorithm": "dsa" }""", "algorithm is 'dsa'; allowed: rsa, ed25519")]
    [InlineData("""{ "domain": "a.example", "selector": "s", "stream": "a b" }""",
        "stream is 'a b'; allowed: the name of a stream, or empty")]
    public async Task A_wrong_key_is_refused(string json, string detail)
    {
        var (response, body) = await PostAsync("/api/v1/dkim", json);
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        ProblemTests.AssertProblem(response, body, "bad-body", detail);
    }

    [Fact]
    public async Task Keys_that_exist_or_do_not_and_a_lost_storage_are_answered_with_problems()
    {
        const string key = """{ "domain": "example.org", "selector": "s1" }""";
        await PostAsync("/api/v1/dkim", key);
        var (response, body) = await PostAsync("/api/v1/dkim", key);
        Assert.Equal(HttpStatusCode.Conflict, response.StatusCode);
        ProblemTests.AssertProblem(
            response, body, "signing-key-conflict", "'example.org' has a key with the selector 's1' already; allowed: another selector");
        foreach (var path in (string[])["activate", "retire"])
        {
            (response, body) = await PostAsync($"/api/v1/dkim/example.org/s2/{path}", null);
            Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
            ProblemTests.AssertProblem(response, body, "unknown-signing-key", "'example.org' has no key with the selector 's2'");
        }

        _host.SigningKeys.IsAway = true;
        (response, body) = await _host.SendAsync(HttpMethod.Get, Path, "look");
        ProblemTests.AssertProblem(response, body, "storage-unavailable", "the storage does not answer");
    }

    [Fact]
    public async Task Only_tokens_that_operate_make_and_change_keys()
    {
        foreach (var path in (string[])["/api/v1/dkim", $"{Path}/activate", $"{Path}/retire"])
            Assert.Equal(HttpStatusCode.Forbidden, (await _host.SendAsync(HttpMethod.Post, path, "look")).Response.StatusCode);
    }

    private async Task<(HttpResponseMessage Response, JsonElement Body)> PostAsync(string path, string? json)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(path, UriKind.Relative));
        if (json is not null) request.Content = new StringContent(json, Encoding.UTF8, "application/json");
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", "all");
        var response = await _host.Client.SendAsync(request);
        return (response, JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement);
    }
}
