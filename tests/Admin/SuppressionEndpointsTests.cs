using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Time.Testing;
using Postfleet.Admin.Options;
using Postfleet.Admin.Tests.Http;
using Xunit;

namespace Postfleet.Admin.Tests;

/// <summary>The endpoints of the suppression list.</summary>
public sealed class SuppressionEndpointsTests : IAsyncLifetime
{
    private const string Path = "/api/v1/suppressions";

    private static readonly DateTimeOffset Now = new(2026, 11, 29, 18, 0, 0, TimeSpan.Zero);

    private AdminHost _host = null!;

    public async Task InitializeAsync() => _host = await AdminHost.StartAsync(
        new AdminOptions
        {
            Tokens =
            [
                new TokenOptions { Name = "crm", Token = "all", Scope = ApiScope.Operate },
                new TokenOptions { Name = "dashboard", Token = "look", Scope = ApiScope.Read },
            ],
        },
        new FakeTimeProvider(Now));

    public async Task DisposeAsync() => await _host.DisposeAsync();

    [Fact]
    public async Task An_entry_is_made_replaced_listed_and_removed()
    {
        var (response, body) = await SendAsync(
            HttpMethod.Put, $"{Path}/Ann@B%C3%BCcher.test",
            """{ "target": "ANN@xn--bcher-kva.test", "reason": "asked", "expires": "90d" }""");
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(
            """{"target":"ann@xn--bcher-kva.test","scope":"all","reason":"asked","source":"api:crm","createdAt":"2026-11-29""" +
            """T18:00:00+00:00","expiresAt":"2027-02-27T18:00:00+00:00","isApplied":true}""",
            body.GetRawText());
        await SendAsync(HttpMethod.Put, $"{Path}/a.test", """{ "target": "a.test", "scope": "stream:bulk" }""");
        _host.Suppressions.IsOn = false;
        (_, body) = await SendAsync(HttpMethod.Put, $"{Path}/a.test", """{ "target": "A.test", "scope": "user:Shop@Own.test" }""");
        Assert.Equal(
            ("user:shop@own.test", "manual", false),
            (body.GetProperty("scope").GetString(), body.GetProperty("reason").GetString(), body.GetProperty("isApplied").GetBoolean()));
        Assert.Equal(JsonValueKind.Null, body.GetProperty("expiresAt").ValueKind);

        Assert.Equal(["a.test", "a.test", "ann@xn--bcher-kva.test"], await ListAsync(""));
        Assert.Equal(["ann@xn--bcher-kva.test"], await ListAsync("&target=ANN@b%C3%BCcher.test"));
        Assert.Equal(["ann@xn--bcher-kva.test"], await ListAsync("&domain=b%C3%BCcher.test&reason=asked&scope=all"));
        Assert.Equal(["a.test"], await ListAsync("&scope=stream:bulk"));

        (response, body) = await SendAsync(HttpMethod.Delete, $"{Path}/A.test?scope=stream:bulk");
        Assert.Equal((HttpStatusCode.OK, "stream:bulk"), (response.StatusCode, body.GetProperty("scope").GetString()));
        (response, body) = await SendAsync(HttpMethod.Delete, $"{Path}/a.test");
        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        ProblemTests.AssertProblem(response, body, "unknown-suppression", "no entry of 'a.test' with the scope 'all'");
    }

    [Theory]
    [InlineData("a%2Fb@a.test", "a/b@a.test")]
    [InlineData("a+b@a.test", "a+b@a.test")]
    [InlineData("a%25b@a.test", "a%b@a.test")]
    [InlineData("%22a%20b%22@a.test", "\"a b\"@a.test")]
    [InlineData("%22ab%22@a.test", "ab@a.test")]
    public async Task Any_address_can_be_named_in_a_path(string path, string target)
    {
        var (response, body) = await SendAsync(
            HttpMethod.Put, $"{Path}/{path}", JsonSerializer.Serialize(new Dictionary<string, string> { ["target"] = target }));
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(target, body.GetProperty("target").GetString());
        (response, _) = await SendAsync(HttpMethod.Delete, $"{Path}/{path}");
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    [Fact]
    public async Task Many_entries_are_made_by_a_request_or_none()
    {
        var (response, body) = await SendAsync(
            HttpMethod.Post, Path, """{ "suppressions": [{ "target": "a@a.test" }, { "target": "A@a.test" }, { "target": "b.test" }] }""");
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("""{"added":2,"replaced":1,"isApplied":true}""", body.GetRawText());
        (response, body) = await SendAsync(
            HttpMethod.Post, Path, """{ "suppressions": [{ "target": "c@a.test" }, { "target": "no address" }] }""");
        ProblemTests.AssertProblem(
            response, body, "bad-body", "suppressions[1].target is 'no address'; allowed: a mail address or a domain");
        Assert.Equal(2, _host.Suppressions.Rows.Count);
        (response, _) = await SendAsync(HttpMethod.Post, Path, Import(1000));
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        (response, body) = await SendAsync(HttpMethod.Post, Path, Import(1001));
        ProblemTests.AssertProblem(response, body, "bad-body", "suppressions has 1001 entries; allowed: 1 to 1000");
    }

    [Theory]
    [InlineData("""{ "target": "b@a.test" }""", "target is 'b@a.test'; allowed: 'a@a.test', the target of the path")]
    [InlineData("""{ "target": "a@a.test", "scope": "bulk" }""", "scope is 'bulk'; allowed: all, stream:NAME or user:NAME")]
    [InlineData("""{ "target": "a@a.test", "reason": "" }""", "reason is ''; allowed: 1 to 200 printable ASCII characters")]
    [InlineData("""{ "target": "a@a.test", "reason": "a\r\nb" }""", "reason is 'a\r\nb'; allowed: 1 to 200 printable ASCII characters")]
    [InlineData("""{ "target": "a@a.test", "expires": "soon" }""", "expires is 'soon'; allowed: a")]
    [InlineData("""{ "target": "a@a.test", "expires": "2026-11-29T17:00:00Z" }""", "expires is '2026-11-29T17:00:00Z'; allowed: a")]
    [InlineData("""{ "target": "a@a.test", "expires": "99999999999999d" }""", "expires is '99999999999999d'; allowed: a")]
    [InlineData("""{ "target": "a@a.test", "what": 1 }""", "what in $ is no property")]
    [InlineData("""{ "target": null }""", "target")]
    [InlineData("""{ }""", "lacks target")]
    [InlineData("[]", "another type")]
    public async Task A_wrong_entry_is_refused(string json, string detail)
    {
        var (response, body) = await SendAsync(HttpMethod.Put, $"{Path}/a@a.test", json);
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        ProblemTests.AssertProblem(response, body, "bad-body", detail);
        Assert.Empty(_host.Suppressions.Rows);
    }

    [Theory]
    [InlineData("""{ "suppressions": null }""")]
    [InlineData("""{ "suppressions": [null] }""")]
    [InlineData("""{ "suppressions": [] }""")]
    [InlineData("""{ "suppressions": [{ "target": "\ud800@a.test" }] }""")]
    public async Task A_wrong_list_is_refused(string json)
    {
        var (response, body) = await SendAsync(HttpMethod.Post, Path, json);
        ProblemTests.AssertProblem(response, body, "bad-body", "");
        Assert.Empty(_host.Suppressions.Rows);
    }

    [Fact]
    public async Task Long_values_are_bounded_and_are_not_repeated_in_the_answer()
    {
        var (response, body) = await SendAsync(
            HttpMethod.Post, Path, $$"""{ "suppressions": [{ "target": "{{new string('x', 900_000)}}" }] }""");
        ProblemTests.AssertProblem(response, body, "bad-body", "...'; allowed: a mail address or a domain");
        Assert.InRange(body.GetRawText().Length, 1, 1000);
        (response, body) = await SendAsync(
            HttpMethod.Post, Path, $$"""{ "suppressions": [{ "target": "{{new string('x', 1_000_001)}}" }] }""");
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, response.StatusCode);
        ProblemTests.AssertProblem(response, body, "too-large", "");
    }

    [Theory]
    [InlineData("?target=no%20address", "bad-parameter")]
    [InlineData("?domain=a_%20b", "bad-parameter")]
    [InlineData("?scope=bulk", "bad-parameter")]
    [InlineData("?limit=1001", "bad-parameter")]
    [InlineData("?cursor=MHxh", "bad-cursor")]
    [InlineData("?cursor=x", "bad-cursor")]
    public async Task A_wrong_parameter_is_refused(string query, string problem)
    {
        var (response, body) = await _host.SendAsync(HttpMethod.Get, Path + query, "look");
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        ProblemTests.AssertProblem(response, body, problem, "allowed");
    }

    [Fact]
    public async Task A_lost_storage_is_a_problem_and_only_tokens_that_operate_change_the_list()
    {
        foreach (var method in (HttpMethod[])[HttpMethod.Put, HttpMethod.Delete])
            Assert.Equal(HttpStatusCode.Forbidden, (await _host.SendAsync(method, $"{Path}/a@a.test", "look")).Response.StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await _host.SendAsync(HttpMethod.Post, Path, "look")).Response.StatusCode);
        _host.Suppressions.IsAway = true;
        var (response, body) = await _host.SendAsync(HttpMethod.Get, Path, "look");
        ProblemTests.AssertProblem(response, body, "storage-unavailable", "the storage does not answer");
        (response, body) = await SendAsync(HttpMethod.Delete, $"{Path}/a@a.test");
        ProblemTests.AssertProblem(response, body, "storage-unavailable", "the storage does not answer");
    }

    private static string Import(int entries) =>
        $$"""{ "suppressions": [{{string.Join(',', Enumerable.Range(0, entries).Select(i => $$"""{"target":"u{{i}}@a.test"}"""))}}] }""";

    // All pages, of one entry each.
    private async Task<List<string>> ListAsync(string filter)
    {
        List<string> targets = [];
        for (var cursor = ""; ;)
        {
            var (response, body) = await _host.SendAsync(HttpMethod.Get, $"{Path}?limit=1{filter}{cursor}", "look");
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            targets.AddRange(body.GetProperty("suppressions").EnumerateArray().Select(entry => entry.GetProperty("target").GetString()!));
            if (body.GetProperty("cursor").GetString() is not { } next) return targets;
            cursor = $"&cursor={next}";
        }
    }

    private async Task<(HttpResponseMessage Response, JsonElement Body)> SendAsync(HttpMethod method, string path, string? json = null)
    {
        using var request = new HttpRequestMessage(method, new Uri(path, UriKind.Relative));
        if (json is not null) request.Content = new StringContent(json, Encoding.UTF8, "application/json");
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", "all");
        var response = await _host.Client.SendAsync(request);
        return (response, JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement);
    }
}
