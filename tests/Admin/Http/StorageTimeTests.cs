using System.Net;
using System.Net.Http.Json;
using Microsoft.Extensions.Time.Testing;
using Postfleet.Admin.Http;
using Postfleet.Testing;
using Xunit;

namespace Postfleet.Admin.Tests.Http;

/// <summary>Requests while the storage does not answer, not even to a cancellation.</summary>
public sealed class StorageTimeTests : IAsyncLifetime
{
    private readonly FakeTimeProvider _time = new(DateTimeOffset.UnixEpoch.AddYears(56));
    private AdminHost _host = null!;

    public async Task InitializeAsync() => _host = await AdminHost.StartAsync(time: _time);

    public async Task DisposeAsync() => await _host.DisposeAsync();

    [Theory]
    [InlineData("GET", "messages?recipient=a@a.test")]
    [InlineData("GET", "messages/01KB8Z3N7Q0000000000000000")]
    [InlineData("GET", "messages/01KB8Z3N7Q0000000000000000/raw")]
    [InlineData("POST", "messages")]
    public async Task Request_is_answered_in_time_while_the_storage_is_frozen(string method, string path)
    {
        _host.Mail.IsFrozen = true;
        using var request = new HttpRequestMessage(new HttpMethod(method), $"/api/v1/{path}");
        if (method == "POST")
        {
            request.Content = JsonContent.Create(new
            {
                from = "a@a.test",
                recipients = new[] { "b@b.test" },
                headers = new { Subject = "x" },
                text = "x",
            });
        }

        var answer = _host.Client.SendAsync(request);
        await Eventually.True(() => _host.Mail.Unanswered > 0, TimeSpan.FromSeconds(10), "the storage was not asked");
        Assert.False(answer.IsCompleted);

        await Eventually.Done(answer, () => _time.Advance(StorageTime.Limit), "the request is answered");
        using var response = await answer;
        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        var body = await response.Content.ReadFromJsonAsync<System.Text.Json.JsonElement>();
        ProblemTests.AssertProblem(
            response, body, "storage-unavailable", "the storage has not answered within 8 s; try again later");
    }
}
