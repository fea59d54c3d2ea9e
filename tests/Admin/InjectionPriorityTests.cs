using System.Net;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Postfleet.Admin.Options;
using Postfleet.Admin.Tests.Http;
using Postfleet.Core.Concurrency;
using Xunit;

namespace Postfleet.Admin.Tests;

/// <summary>The priority of a message over HTTP (RFC 6710).</summary>
public sealed class InjectionPriorityTests : IAsyncLifetime
{
    private AdminHost _host = null!;

    public async Task InitializeAsync()
    {
        var settings = new AdminSettings(new AdminOptions { Token = "all" }, new MetricsOptions { Enabled = false }) { MaxPriority = 5 };
        _host = await AdminHost.StartAsync(
            settings.Admin, configure: services => services.AddSingleton(new Current<AdminSettings>(settings)));
    }

    public async Task DisposeAsync() => await _host.DisposeAsync();

    [Theory]
    [InlineData(-9, -9)]
    [InlineData(0, 0)]
    [InlineData(5, 5)]
    [InlineData(6, 5)]
    [InlineData(9, 5)]
    public async Task Priority_is_stored_traced_logged_and_lowered_to_the_highest_allowed(int given, int expected)
    {
        var (response, body) = await SendAsync($"{given}");
        Assert.Equal(HttpStatusCode.Accepted, response.StatusCode);
        Assert.Equal(expected, body.GetProperty("priority").GetInt32());
        var submission = Assert.Single(_host.Mail.Submitted);
        Assert.Equal(expected, submission.Envelope.Priority);
        Assert.Contains($" id {submission.Id}\r\n\tpriority {expected};\r\n\t", Text(), StringComparison.Ordinal);
        Assert.Equal(expected, Assert.Single(_host.Log.Lines, line => line.Name == "accepted over http").Fields["Priority"]);
    }

    [Fact]
    public async Task Message_without_a_priority_has_none_in_its_header()
    {
        var (_, body) = await SendAsync("null");
        Assert.Equal((0, 0), (body.GetProperty("priority").GetInt32(), Assert.Single(_host.Mail.Submitted).Envelope.Priority));
        Assert.DoesNotContain("priority", Text(), StringComparison.Ordinal);
        Assert.Null(Assert.Single(_host.Log.Lines, line => line.Name == "accepted over http").Fields["Priority"]);
    }

    [Theory]
    [InlineData("10", "priority is '10'; allowed: -9 to 9")]
    [InlineData("-10", "priority is '-10'; allowed: -9 to 9")]
    [InlineData("2147483647", "priority is '2147483647'; allowed: -9 to 9")]
    [InlineData("99999999999", "$.priority has a value of another type")]
    [InlineData("1.0", "$.priority has a value of another type")]
    [InlineData("\"4\"", "$.priority has a value of another type")]
    [InlineData("4, \"priority\": 5", "priority is given more than once")]
    public async Task Other_values_are_refused(string given, string detail)
    {
        var (response, body) = await SendAsync(given);
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        ProblemTests.AssertProblem(response, body, "bad-body", detail);
        Assert.Empty(_host.Mail.Submitted);
    }

    private string Text() =>
        Encoding.UTF8.GetString(System.Buffers.BuffersExtensions.ToArray(_host.Mail.Submitted.Single().Content.Octets));

    private async Task<(HttpResponseMessage Response, JsonElement Body)> SendAsync(string priority)
    {
        using var content = new StringContent(
            $$"""{ "from": "b@b.test", "recipients": ["to@a.test"], "text": "x", "priority": {{priority}} }""", Encoding.UTF8,
            "application/json");
        return await _host.SendAsync(HttpMethod.Post, "/api/v1/messages", "all", content);
    }
}
