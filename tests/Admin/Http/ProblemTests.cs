using System.Net;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;
using Postfleet.Spool.Common;
using Xunit;

namespace Postfleet.Admin.Tests.Http;

/// <summary>Tests of failed requests: each answer is a problem (RFC 9457) that names what is wrong.</summary>
public sealed class ProblemTests
{
    [Theory]
    [InlineData("GET", "/nowhere", 404, "not-found", "no route /nowhere")]
    [InlineData("GET", "/api/v1/nowhere", 404, "not-found", "no route /api/v1/nowhere")]
    [InlineData("GET", "/openapi/v2.json", 404, "not-found", "no route /openapi/v2.json")]
    [InlineData("GET", "/api/v2/queues", 404, "not-found", "no route /api/v2/queues")]
    [InlineData("DELETE", "/api/v1/queues", 405, "method-not-allowed", "/api/v1/queues does not have the method DELETE; allowed: GET")]
    [InlineData("POST", "/healthz/live", 405, "method-not-allowed", "does not have the method POST; allowed: GET, HEAD")]
    [InlineData("GET", "/api/v1/queues?limit=abc", 400, "bad-parameter", "limit is 'abc'; allowed: a whole number of 1 to 1000")]
    [InlineData("GET", "/api/v1/queues?limit=0", 400, "bad-parameter", "limit is '0'; allowed: a whole number of 1 to 1000")]
    [InlineData("GET", "/api/v1/queues?limit=-5", 400, "bad-parameter", "limit is '-5'; allowed: a whole number of 1 to 1000")]
    [InlineData("GET", "/api/v1/queues?limit=99999999999", 400, "bad-parameter", "limit is '99999999999'")]
    [InlineData("GET", "/api/v1/queues?limit=1&limit=2", 400, "bad-parameter", "limit is given 2 times; allowed: once")]
    [InlineData("GET", "/api/v1/queues?limi=1", 400, "bad-parameter",
        "limi is no parameter of this route; allowed: queue, domain, stream, site, limit, cursor")]
    [InlineData("GET", "/api/v1/cluster?all=1", 400, "bad-parameter", "all is no parameter of this route; allowed: none")]
    [InlineData("GET", "/api/v1/queues?cursor=%21", 400, "bad-cursor", "cursor is '!'; allowed: the cursor of an earlier answer")]
    [InlineData("GET", "/api/v1/queues?cursor=AAAA", 400, "bad-cursor", "cursor is 'AAAA'")]
    [InlineData("GET", "/api/v1/queues/default:none.test", 404, "unknown-queue", "no queue 'default:none.test' has mail")]
    [InlineData("GET", "/api/v1/queues/nonsense", 404, "unknown-queue", "no queue 'nonsense' has mail")]
    [InlineData(
        "GET", "/api/v1/captured/nonsense", 400, "bad-parameter", "id is 'nonsense'; allowed: a message id of 26 letters and digits")]
    [InlineData("GET", "/api/v1/captured/00000000000000000000000000", 404, "unknown-message", "no captured message 0000")]
    [InlineData("GET", "/api/v1/users/nobody", 404, "unknown-user", "no user 'nobody'")]
    [InlineData("DELETE", "/api/v1/users/nobody", 404, "unknown-user", "no user 'nobody'")]
    [InlineData("DELETE", "/api/v1/users/nobody/passwords/printer", 404, "unknown-user", "no user 'nobody'")]
    [InlineData("GET", "/api/v1/users/a%20b", 400, "bad-parameter", "name is 'a b'; allowed: 1 to 128 characters, without spaces")]
    [InlineData("GET", "/api/v1/users/%FF", 400, "bad-parameter", "name is '%FF'; allowed: a text in UTF-8 without slashes, escaped by %")]
    public async Task Failed_request_is_answered_with_a_problem_that_names_its_fault(
        string method, string path, int status, string slug, string detail)
    {
        await using var host = await AdminHost.StartAsync();
        var (response, body) = await host.SendAsync(new HttpMethod(method), path);
        Assert.Equal((HttpStatusCode)status, response.StatusCode);
        AssertProblem(response, body, slug, detail);
    }

    [Fact]
    public async Task Parameter_that_is_too_long_is_refused_without_its_value()
    {
        await using var host = await AdminHost.StartAsync();
        var (response, body) = await host.SendAsync(HttpMethod.Get, $"/api/v1/queues?cursor={new string('a', 1001)}");
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        AssertProblem(response, body, "bad-parameter", "cursor has 1001 characters; allowed: 1000");
    }

    [Fact]
    public async Task Failed_storage_and_faults_of_the_program_are_problems_without_their_causes()
    {
        var store = new FailingCapture();
        await using var host = await AdminHost.StartAsync(configure: services => services.AddSingleton<ICaptureStore>(store));
        store.Cause = new SpoolUnavailableException("Host=db;Password=hunter2");
        var (response, body) = await host.SendAsync(HttpMethod.Get, "/api/v1/captured");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        AssertProblem(response, body, "storage-unavailable", "the storage does not answer");
        store.Cause = new InvalidOperationException("hunter2");
        (response, body) = await host.SendAsync(HttpMethod.Get, "/api/v1/captured");
        Assert.Equal(HttpStatusCode.InternalServerError, response.StatusCode);
        AssertProblem(response, body, "internal-error", "the node failed to answer");
        Assert.DoesNotContain("hunter2", body.GetRawText(), StringComparison.Ordinal);
        Assert.Same(store.Cause, Assert.Single(host.Log.Lines, line => line.Name == "api request failed").Cause);
    }

    internal static void AssertProblem(HttpResponseMessage response, JsonElement body, string slug, string detail)
    {
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
        Assert.Equal($"urn:postfleet:problem:{slug}", body.GetProperty("type").GetString());
        Assert.Equal((int)response.StatusCode, body.GetProperty("status").GetInt32());
        Assert.NotEmpty(body.GetProperty("title").GetString()!);
        Assert.Contains(detail, body.GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    private sealed class FailingCapture : ICaptureStore
    {
        public Exception Cause { get; set; } = new InvalidOperationException();

        public ValueTask CaptureAsync(
            SpooledPart part, IReadOnlyList<Mailbox> recipients, DateTimeOffset capturedAt, CancellationToken cancellationToken) =>
            throw Cause;

        public ValueTask<IReadOnlyList<CapturedMessage>> ListAsync(int limit, CancellationToken cancellationToken) => throw Cause;

        public ValueTask<MessageContent?> ReadContentAsync(MessageId id, CancellationToken cancellationToken) => throw Cause;

        public ValueTask<int> DeleteAsync(MessageId? id, CancellationToken cancellationToken) => throw Cause;
    }
}
