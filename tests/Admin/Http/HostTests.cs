using System.Net;
using System.Text;
using System.Text.Json;
using Postfleet.Admin.Options;
using Xunit;

namespace Postfleet.Admin.Tests.Http;

/// <summary>Tests of the headers by which a browser names the site of a page.</summary>
public sealed class HostTests
{
    [Theory]
    [InlineData("localhost", 200)]
    [InlineData("LOCALHOST:8025", 200)]
    [InlineData("127.0.0.1:1", 200)]
    [InlineData("127.8.9.10", 200)]
    [InlineData("[::1]:8025", 200)]
    [InlineData("rebound.example.org", 421)]
    [InlineData("rebound.example.org:8025", 421)]
    [InlineData("localhost.example.org", 421)]
    [InlineData("192.0.2.1:8025", 421)]
    [InlineData("[2001:db8::1]", 421)]
    public async Task Without_tokens_a_request_must_name_loopback(string host, int status)
    {
        await using var node = await AdminHost.StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri("/api/v1/captured", UriKind.Relative));
        request.Headers.Host = host;
        using var response = await node.Client.SendAsync(request);
        Assert.Equal(status, (int)response.StatusCode);
        if (status != 421) return;
        var body = JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement;
        ProblemTests.AssertProblem(response, body, "foreign-host", $"the header Host is '{host}'");
    }

    [Fact]
    public async Task With_tokens_and_for_probes_any_host_is_allowed()
    {
        await using var node = await AdminHost.StartAsync(new AdminOptions { Token = "secret" });
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri("/api/v1/captured", UriKind.Relative));
        request.Headers.Host = "mail.example.org";
        request.Headers.Add("Authorization", "Bearer secret");
        Assert.Equal(HttpStatusCode.OK, (await node.Client.SendAsync(request)).StatusCode);
        await using var open = await AdminHost.StartAsync();
        using var probe = new HttpRequestMessage(HttpMethod.Get, new Uri("/healthz/live", UriKind.Relative));
        probe.Headers.Host = "192.0.2.1:8025";
        Assert.Equal(HttpStatusCode.OK, (await open.Client.SendAsync(probe)).StatusCode);
    }

    [Theory]
    [InlineData("POST", "/api/v1/actions")]
    [InlineData("POST", "/api/v1/messages")]
    [InlineData("DELETE", "/api/v1/captured")]
    public async Task Without_tokens_pages_of_other_origins_change_nothing(string method, string path)
    {
        await using var node = await AdminHost.StartAsync();
        foreach (var origin in new[] { "https://evil.example.org", "http://localhost:1", "null" })
        {
            node.Client.DefaultRequestHeaders.Remove("Origin");
            node.Client.DefaultRequestHeaders.Add("Origin", origin);
            using var content = new StringContent("{}", Encoding.UTF8, "application/json");
            var (response, body) = await node.SendAsync(new HttpMethod(method), path, content: content);
            Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
            ProblemTests.AssertProblem(response, body, "foreign-origin", $"the header Origin is '{origin}'");
        }

        node.Client.DefaultRequestHeaders.Remove("Origin");
        node.Client.DefaultRequestHeaders.Add("Origin", node.Client.BaseAddress!.GetLeftPart(UriPartial.Authority));
        Assert.Equal(HttpStatusCode.OK, (await node.SendAsync(HttpMethod.Delete, "/api/v1/captured")).Response.StatusCode);
    }
}
