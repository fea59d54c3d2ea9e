using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using Postfleet.Admin.Options;
using Postfleet.Admin.Tests.Http;
using Postfleet.Core.Mail;
using Xunit;

namespace Postfleet.Admin.Tests;

/// <summary>The time of sending, the time for the delivery and the metadata of a message over HTTP.</summary>
public sealed class InjectionTimeTests : IAsyncLifetime
{
    private AdminHost _host = null!;

    public async Task InitializeAsync() => _host = await AdminHost.StartAsync(new AdminOptions { Token = "all" });

    public async Task DisposeAsync() => await _host.DisposeAsync();

    [Fact]
    public async Task Time_of_sending_is_a_time_with_an_offset()
    {
        var at = DateTimeOffset.UtcNow.AddHours(2);
        await SendAsync(new { sendAt = at.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture) });
        await SendAsync(
            new { sendAt = at.ToOffset(TimeSpan.FromHours(5.5)).ToString("yyyy-MM-dd'T'HH:mm:sszzz", CultureInfo.InvariantCulture) });
        var after = _host.Mail.Submitted.Select(submission => submission.Envelope.SendAfter).ToList();
        Assert.Equal(2, after.Count);
        Assert.All(after, seconds => Assert.InRange(seconds, 7000, 7201));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("1996-12-19T16:39:57-08:00")]
    [InlineData("0001-01-01T00:00:00Z")]
    public async Task Time_in_the_past_is_at_once(string? sendAt)
    {
        await SendAsync(new { sendAt });
        Assert.Equal(0, Assert.Single(_host.Mail.Submitted).Envelope.SendAfter);
    }

    [Theory]
    [InlineData("", "a time with an offset")]
    [InlineData("tomorrow", "a time with an offset")]
    [InlineData("2026-11-29T18:00:00", "a time with an offset")]
    [InlineData("2026-11-29", "a time with an offset")]
    [InlineData("2026-13-29T18:00:00Z", "a time with an offset")]
    [InlineData("2026-11-29 18:00:00Z", "a time with an offset")]
    [InlineData("9999-12-31T23:59:59Z", "at most 120 hours ahead, the queue lifetime")]
    public async Task Time_of_another_form_or_too_far_ahead_is_refused(string sendAt, string allowed)
    {
        var (response, body) = await SendAsync(new { sendAt });
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        ProblemTests.AssertProblem(response, body, "bad-body", $"sendAt is '{sendAt}'; allowed: {allowed}");
        Assert.Empty(_host.Mail.Submitted);
    }

    public static TheoryData<string, DeliverByRequest> Deadlines => new()
    {
        { """{ "mode": "return", "seconds": 120 }""", new(119, DeliverByMode.Return, false) },
        { """{ "mode": "return", "seconds": 999999999, "trace": true }""", new(999_999_998, DeliverByMode.Return, true) },
        { """{ "mode": "notify", "seconds": 0 }""", new(-1, DeliverByMode.Notify, false) },
        { """{ "mode": "notify", "seconds": -999999999 }""", new(-999_999_999, DeliverByMode.Notify, false) },
    };

    [Theory]
    [MemberData(nameof(Deadlines))]
    public async Task Time_for_the_delivery_counts_from_the_request_on_and_a_part_of_a_second_counts(
        string given, DeliverByRequest expected)
    {
        var (response, _) = await SendAsync(new { deliverBy = JsonDocument.Parse(given).RootElement });
        Assert.Equal(HttpStatusCode.Accepted, response.StatusCode);
        Assert.Equal(expected, Assert.Single(_host.Mail.Submitted).Envelope.DeliverBy);
    }

    [Fact]
    public async Task End_of_the_time_for_the_delivery_is_a_time_with_an_offset()
    {
        var at = DateTimeOffset.UtcNow.AddHours(2);
        var time = at.ToOffset(TimeSpan.FromHours(-3)).ToString("yyyy-MM-dd'T'HH:mm:sszzz", CultureInfo.InvariantCulture);
        await SendAsync(new { deliverBy = new { mode = "return", time }, sendAt = at.AddHours(-1).ToString("O") });
        await SendAsync(new { deliverBy = new { mode = "notify", time = "2020-01-01T00:00:00Z" } });
        var requests = _host.Mail.Submitted.Select(submission => submission.Envelope.DeliverBy!).ToList();
        Assert.InRange(requests[0].Within, 7000, 7199);
        Assert.InRange(requests[1].Within, int.MinValue, -1);
    }

    public static TheoryData<string, string> WrongDeadlines => new()
    {
        { """{ "mode": "return" }""", "deliverBy has both seconds and time, or none of them; allowed: one of them" },
        { """{ "mode": "return", "seconds": 1, "time": "2026-11-30T08:00:00Z" }""", "deliverBy has both seconds and time" },
        { """{ "seconds": 1 }""", "$.deliverBy lacks mode" },
        { """{ "mode": null, "seconds": 1 }""", "deliverBy.mode has a value of another type" },
        { """{ "mode": "R", "seconds": 1 }""", "deliverBy.mode is 'R'; allowed: return or notify" },
        { """{ "mode": "return", "seconds": 0 }""", "deliverBy.seconds is '0'; allowed: 1 to 999999999 with mode return" },
        { """{ "mode": "return", "seconds": -5 }""", "deliverBy.seconds is '-5'; allowed: 1 to 999999999 with mode return" },
        { """{ "mode": "notify", "seconds": 1000000000 }""", "allowed: -999999999 to 999999999 with mode notify" },
        { """{ "mode": "notify", "seconds": -1000000000 }""", "allowed: -999999999 to 999999999 with mode notify" },
        { """{ "mode": "notify", "seconds": 99999999999999999999 }""", "deliverBy.seconds has a value of another type" },
        { """{ "mode": "notify", "seconds": 1.5 }""", "deliverBy.seconds has a value of another type" },
        { """{ "mode": "notify", "seconds": "60" }""", "deliverBy.seconds has a value of another type" },
        { """{ "mode": "notify", "time": "tomorrow" }""", "deliverBy.time is 'tomorrow'; allowed: a time with an offset" },
        { """{ "mode": "notify", "time": "2026-11-30T08:00:00Z\n" }""", "allowed: a time with an offset" },
        { """{ "mode": "return", "time": "2020-01-01T00:00:00Z" }""", "allowed: 1 to 999999999 seconds ahead with mode return" },
        { """{ "mode": "return", "time": "9999-12-31T23:59:59Z" }""", "allowed: 1 to 999999999 seconds ahead with mode return" },
        { """{ "mode": "notify", "time": "0001-01-01T00:00:00Z" }""", "allowed: -999999999 to 999999999 seconds ahead with mode notify" },
        { """{ "mode": "notify", "seconds": 1, "by": 2 }""", "by in $.deliverBy is no property; allowed: mode, seconds, time, trace" },
        { """60""", "$.deliverBy has a value of another type" },
    };

    [Theory]
    [MemberData(nameof(WrongDeadlines))]
    public async Task Another_time_for_the_delivery_is_refused(string given, string detail)
    {
        var (response, body) = await SendAsync(new { deliverBy = JsonDocument.Parse(given).RootElement });
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        ProblemTests.AssertProblem(response, body, "bad-body", detail);
        Assert.Empty(_host.Mail.Submitted);
    }

    [Theory]
    [InlineData("return", 3600)]
    [InlineData("notify", 3599)]
    [InlineData("notify", -1)]
    public async Task Release_after_the_end_of_the_time_for_the_delivery_is_refused(string mode, int seconds)
    {
        var sendAt = DateTimeOffset.UtcNow.AddHours(1).AddSeconds(5).ToString("O");
        var (response, body) = await SendAsync(new { sendAt, deliverBy = new { mode, seconds } });
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        ProblemTests.AssertProblem(response, body, "bad-body", $"sendAt is '{sendAt}'; allowed: a time before the end of deliverBy");
    }

    [Fact]
    public async Task Metadata_are_texts_by_name_in_order()
    {
        await SendAsync(new { metadata = new Dictionary<string, string> { ["order"] = "4711", ["art"] = "Best\u00e4tigung", ["x"] = "" } });
        Assert.Equal(
            new MessageMetadata([new("order", "4711"), new("art", "Best\u00e4tigung"), new("x", "")]),
            Assert.Single(_host.Mail.Submitted).Envelope.Metadata);
    }

    public static TheoryData<string, string> WrongMetadata => new()
    {
        { """{ "a": 1 }""", "$.metadata.a has a value of another type" },
        { """{ "a": null }""", "metadata.a is 'null'; allowed: at most 256 characters" },
        { """["a"]""", "$.metadata has a value of another type" },
        { """{ "": "x" }""", "metadata has the name ''; allowed: 1 to 64 characters" },
        { $$"""{ "{{new string('a', 65)}}": "x" }""", "allowed: 1 to 64 characters" },
        { $$"""{ "a": "{{new string('a', 257)}}" }""", "allowed: at most 256 characters" },
        { """{ "a": "b\n" }""", "allowed: at most 256 characters, without control characters" },
        { $"{{ {string.Join(',', Enumerable.Range(0, 17).Select(i => $"\"n{i}\": \"\""))} }}", "metadata has 17 entries; allowed: 16" },
    };

    [Theory]
    [MemberData(nameof(WrongMetadata))]
    public async Task Malformed_metadata_is_refused(string metadata, string detail)
    {
        var (response, body) = await SendAsync(new { metadata = JsonDocument.Parse(metadata).RootElement });
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        ProblemTests.AssertProblem(response, body, "bad-body", detail);
        Assert.Empty(_host.Mail.Submitted);
    }

    private async Task<(HttpResponseMessage Response, JsonElement Body)> SendAsync(object more)
    {
        var members = JsonSerializer.SerializeToNode(more)!.AsObject();
        (members["from"], members["recipients"], members["text"]) = (
            "bounces@b.test", new System.Text.Json.Nodes.JsonArray("to@a.test"), "x");
        using var content = new StringContent(members.ToJsonString(), Encoding.UTF8, "application/json");
        return await _host.SendAsync(HttpMethod.Post, "/api/v1/messages", "all", content);
    }
}
