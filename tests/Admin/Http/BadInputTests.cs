using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using Postfleet.Admin.Options;
using Postfleet.Core.Units;
using Xunit;

namespace Postfleet.Admin.Tests.Http;

/// <summary>Tests of bad input to each route of the OpenAPI document, so that a new route is tested too.</summary>
public sealed class BadInputTests : IAsyncLifetime
{
    private static readonly string[] Methods = ["get", "post", "put", "delete"];

    private static readonly string[] NoNumbers = ["x", "-1", "0", "1.5", "99999999999999999999", "0x1"];

    private AdminHost _host = null!;

    public async Task InitializeAsync() => _host = await AdminHost.StartAsync(
        // The table has more requests than the default allows in a second.
        new AdminOptions { MaxRate = Rate.TryParse("100000/s", out var rate) ? rate : default });

    public async Task DisposeAsync() => await _host.DisposeAsync();

    [Fact]
    public async Task Each_route_refuses_bad_parameters()
    {
        var faults = new List<string>();
        foreach (var (method, path, route) in await RoutesAsync())
        {
            var required = string.Concat(
                Parameters(route, "query").Where(parameter => (bool?)parameter["required"] == true)
                    .Select(parameter => $"&{parameter["name"]}={parameter["example"]}"));
            List<string> queries = ["unknown=1", "%00=1", $"{new string('a', 2000)}=1"];
            foreach (var parameter in Parameters(route, "query"))
            {
                var name = (string)parameter["name"]!;
                queries.AddRange(
                    [$"{name}=", $"{name}=1&{name}=1", $"{name}=a%00b", $"{name}=%FF", $"{name}=a%0Ab", $"{name}={new string('a', 1001)}"]);
                if ((string?)parameter["schema"]!["type"] == "integer")
                    queries.AddRange(NoNumbers.Select(value => $"{name}={value}"));
                if (parameter["schema"]!["enum"] is not null || (string?)parameter["schema"]!["format"] == "date-time")
                    queries.Add($"{name}=nonsense");
            }

            foreach (var query in queries)
            {
                var others = query.StartsWith("unknown", StringComparison.Ordinal) ? required : "";
                await ExpectAsync(faults, method, $"{Fill(path, route)}?{query}{others}", Body(route), 400);
            }
        }

        Assert.True(faults.Count == 0, string.Join("\n", faults));
    }

    [Fact]
    public async Task Each_route_refuses_bad_paths()
    {
        var faults = new List<string>();
        foreach (var (method, path, route) in await RoutesAsync())
        {
            // A new user may have a name with an apostrophe.
            string[] values = [(string?)route["operationId"] == "putUser" ? "%01" : "'", "%01", "%FF", "..%2f..", new('a', 4000)];
            foreach (var parameter in Parameters(route, "path"))
                foreach (var value in values)
                    await ExpectAsync(
                        faults, method, path.Replace($"{{{parameter["name"]}}}", value, StringComparison.Ordinal), Body(route), 400, 404);
            await ExpectAsync(faults, "PATCH", Fill(path, route), null, 405);
            // Two segments behind the list of keys are a key, which can be read.
            await ExpectAsync(
                faults, method, $"{Fill(path, route)}/further/segments", Body(route),
                (string?)route["operationId"] == "createDkimKey" ? 405 : 404);
        }

        Assert.True(faults.Count == 0, string.Join("\n", faults));
    }

    [Fact]
    public async Task Each_route_with_a_body_refuses_bad_bodies()
    {
        var faults = new List<string>();
        foreach (var (method, path, route) in await RoutesAsync())
        {
            if (route["requestBody"]?["content"]?["application/json"]?["example"]?.ToJsonString() is not { } good) continue;
            string[] bodies =
            [
                "", "null", "1", "[]", "\"x\"", "{}", "{", good + good, good[..^1], good[..^1] + ",}", "/* c */" + good, good[..^1]
                    + ", \"unknown\": 1}",
                "{" + good[1..^1] + "," + good[1..^1] + "}", string.Concat(Enumerable.Repeat("[", 200)),
                string.Concat(Enumerable.Repeat("{\"selector\":", 200)), "{\"\\ud800\": 1}", "\u0000",
            ];
            // A body without required properties may be empty.
            if ((string?)route["operationId"] is "putUser" or "putAppPassword") bodies = [.. bodies.Where(body => body != "{}")];
            foreach (var body in bodies) await ExpectAsync(faults, method, Fill(path, route), Json(body), 400);
            await ExpectAsync(faults, method, Fill(path, route), new ByteArrayContent([.. "{\""u8, 0xff, .. "\":1}"u8])
            {
                Headers = { ContentType = new("application/json") },
            }, 400);
            foreach (var type in new[] { "text/plain", "application/x-www-form-urlencoded", "multipart/form-data" })
                await ExpectAsync(faults, method, Fill(path, route), new StringContent(good, Encoding.UTF8, type), 415);
            var untyped = new ByteArrayContent(Encoding.UTF8.GetBytes(good));
            await ExpectAsync(faults, method, Fill(path, route), untyped, 415);
            // The server refuses the body before it is sent.
            _host.Client.DefaultRequestHeaders.ExpectContinue = true;
            await ExpectAsync(faults, method, Fill(path, route), Json(new string(' ', 45_000_000)), 413);
            _host.Client.DefaultRequestHeaders.ExpectContinue = null;
        }

        Assert.True(faults.Count == 0, string.Join("\n", faults));
    }

    [Theory]
    [InlineData("GET /api/v1/queues/%00 HTTP/1.1\r\nHost: localhost\r\n\r\n", 400)]
    [InlineData("GET /%zz%00 HTTP/1.1\r\nHost: localhost\r\n\r\n", 400)]
    [InlineData("GET /api/v1/queues HTTP/1.1\r\nHost: a b\r\n\r\n", 400)]
    [InlineData("GET /api/v1/queues HTTP/1.1\r\n\r\n", 400)]
    [InlineData("GET /api/v1/queues HTTP/9.9\r\nHost: localhost\r\n\r\n", 505)]
    [InlineData("nonsense\r\n\r\n", 400)]
    [InlineData("POST /api/v1/actions HTTP/1.1\r\nHost: localhost\r\nContent-Length: x\r\n\r\n", 400)]
    [InlineData("GET /api/v1/queues HTTP/1.1\r\nHost: localhost\r\nNo colon\r\n\r\n", 400)]
    public async Task Request_that_the_server_refuses_is_answered_with_a_problem(string request, int status)
    {
        var answer = await RawAsync(request);
        Assert.StartsWith($"HTTP/1.1 {status} ", answer, StringComparison.Ordinal);
        Assert.Contains("Content-Type: application/problem+json\r\n", answer, StringComparison.Ordinal);
        var problem = JsonNode.Parse(answer[(answer.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4)..])!;
        Assert.Equal((status, "urn:postfleet:problem:bad-request"), ((int)problem["status"]!, (string?)problem["type"]));
        Assert.NotEmpty((string)problem["detail"]!);
    }

    [Theory]
    [InlineData("/api/v1/queues?cursor=", "0|default:a.test")]
    [InlineData("/api/v1/queues?cursor=", "-1|default:a.test")]
    [InlineData("/api/v1/queues?cursor=", "01|default:a.test")]
    [InlineData("/api/v1/queues?cursor=", "1|")]
    [InlineData("/api/v1/queues?cursor=", "1|default:a\0.test")]
    [InlineData("/api/v1/queues?cursor=", "99999999999|default:a.test")]
    [InlineData("/api/v1/destinations?cursor=", "0|")]
    [InlineData("/api/v1/actions?cursor=", "0|")]
    [InlineData("/api/v1/actions?cursor=", "1|x")]
    [InlineData("/api/v1/users?cursor=", "0|")]
    [InlineData("/api/v1/users?cursor=", "1|x")]
    public async Task Forged_cursor_is_refused(string path, string text)
    {
        var cursor = Convert.ToBase64String(Encoding.UTF8.GetBytes(text)).TrimEnd('=').Replace('+', '-').Replace('/', '_');
        var (response, body) = await _host.SendAsync(HttpMethod.Get, path + cursor);
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        ProblemTests.AssertProblem(response, body, "bad-cursor", "allowed: the cursor of an earlier answer");
    }

    private async Task ExpectAsync(List<string> faults, string method, string path, HttpContent? content, params int[] statuses)
    {
        // The client disposes the content.
        var sent = content is null ? "" : Cut(await content.ReadAsStringAsync());
        var (response, body) = await _host.SendAsync(new HttpMethod(method.ToUpperInvariant()), path, content: content);
        var shown = $"{method} {Cut(path)} {sent}: {(int)response.StatusCode}";
        if (!statuses.Contains((int)response.StatusCode)) faults.Add(shown);
        else if (response.Content.Headers.ContentType?.MediaType != "application/problem+json") faults.Add($"{shown} without a problem");
        else if (body.GetProperty("detail").GetString() is not { Length: > 0 and <= 2003 }) faults.Add($"{shown} without a short detail");
        if (response.StatusCode == HttpStatusCode.MethodNotAllowed && response.Content.Headers.Allow.Count == 0)
            faults.Add($"{shown} without Allow");
    }

    private async Task<IReadOnlyList<(string Method, string Path, JsonNode Route)>> RoutesAsync()
    {
        var document = JsonNode.Parse((await _host.SendAsync(HttpMethod.Get, "/openapi/v1.json")).Body.GetRawText())!;
        return
        [
            .. from path in document["paths"]!.AsObject()
               from route in path.Value!.AsObject()
               where Methods.Contains(route.Key)
               select (route.Key, path.Key, route.Value!),
        ];
    }

    private async Task<string> RawAsync(string request)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, _host.Client.BaseAddress!.Port);
        await client.GetStream().WriteAsync(Encoding.Latin1.GetBytes(request));
        using var reader = new StreamReader(client.GetStream(), Encoding.UTF8);
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(10));
        return await reader.ReadToEndAsync(limit.Token);
    }

    private static IEnumerable<JsonNode> Parameters(JsonNode route, string place) =>
        (route["parameters"]?.AsArray() ?? []).Where(parameter => (string?)parameter!["in"] == place).Select(parameter => parameter!);

    private static string Fill(string path, JsonNode route) => Parameters(route, "path").Aggregate(
        path, (text, parameter) => text.Replace($"{{{parameter["name"]}}}", (string)parameter["example"]!, StringComparison.Ordinal));

    private static StringContent? Body(JsonNode route) =>
        route["requestBody"]?["content"]?["application/json"]?["example"] is { } example ? Json(example.ToJsonString()) : null;

    private static StringContent Json(string text) => new(text, Encoding.UTF8, "application/json");

    private static string Cut(string text) => text.Length > 60 ? text[..60] : text;
}
