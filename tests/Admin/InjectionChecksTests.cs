using System.Net;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Postfleet.Admin.Options;
using Postfleet.Admin.Tests.Http;
using Postfleet.Configuration;
using Postfleet.Contracts.Receiving;
using Postfleet.Core.Concurrency;
using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;
using Xunit;

namespace Postfleet.Admin.Tests;

/// <summary>Tests of the checks that messages over HTTP share with messages over SMTP.</summary>
public sealed class InjectionChecksTests
{
    [Fact]
    public async Task Recipients_of_rejected_domains_are_refused_with_their_reasons()
    {
        await using var host = await AdminHost.StartAsync(configure: services => services.AddSingleton(
            new Current<AdminSettings>(Settings(("closed.test", TargetKind.Reject), ("*.test", TargetKind.Mx)))));
        var (response, body) = await SendAsync(host, "a@open.test", "b@closed.test", "c@elsewhere.org");
        Assert.Equal(HttpStatusCode.UnprocessableEntity, response.StatusCode);
        ProblemTests.AssertProblem(
            response, body, "message-refused",
            "recipients[1] 'b@closed.test': 550 5.7.1 Mail to this domain is not accepted; recipients[2] 'c@elsewhere.org': 550 5.7.1");
        Assert.Empty(host.Mail.Submitted);
        Assert.Equal(HttpStatusCode.Accepted, (await SendAsync(host, "a@open.test")).Response.StatusCode);
    }

    [Fact]
    public async Task Reloaded_routes_hold_for_the_next_message()
    {
        await using var host = await AdminHost.StartAsync();
        Assert.Equal(HttpStatusCode.Accepted, (await SendAsync(host, "b@closed.test")).Response.StatusCode);
        host.Services.GetRequiredService<IReloadable<AdminSettings>>().Prepare(Settings(("*", TargetKind.Reject)))();
        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await SendAsync(host, "b@closed.test")).Response.StatusCode);
    }

    [Fact]
    public async Task Checks_see_the_message_and_their_headers_are_stored_above_it()
    {
        var check = new Check(_ => Verdict.AcceptWith("X-Checked", "yes"));
        await using var host = await StartAsync(check);
        var (response, _) = await SendAsync(host, "a@a.test", "b@a.test");
        Assert.Equal(HttpStatusCode.Accepted, response.StatusCode);
        Assert.Equal(["http", "none", "sender@b.test", "a@a.test,b@a.test"], check.Seen);
        var submission = Assert.Single(host.Mail.Submitted);
        var text = Encoding.UTF8.GetString(submission.Content.ToMemory().Span);
        Assert.StartsWith("X-Checked: yes\r\nReceived: ", text, StringComparison.Ordinal);
        Assert.Equal(text.Length, submission.Envelope.Size);
    }

    [Theory]
    [InlineData("550 5.7.1 Spam", 422, "message-refused", "the message: 550 5.7.1 Spam")]
    [InlineData("451 4.7.1 Later", 503, "message-deferred", "the message: 451 4.7.1 Later")]
    [InlineData("throw", 503, "message-deferred", "the message: 451 4.3.0 Mail system temporarily unavailable")]
    public async Task Refused_message_is_not_stored(string reply, int status, string slug, string detail)
    {
        await using var host = await StartAsync(new Check(_ => reply[0] switch
        {
            '5' => Verdict.Refuse(reply),
            '4' => Verdict.Defer(reply),
            _ => throw new InvalidOperationException(),
        }));
        var (response, body) = await SendAsync(host, "a@a.test");
        Assert.Equal(status, (int)response.StatusCode);
        ProblemTests.AssertProblem(response, body, slug, detail);
        Assert.Empty(host.Mail.Submitted);
        Assert.Equal(reply == "throw", host.Log.Lines.Any(line => line.Name == "check failed over http"));
    }

    [Fact]
    public async Task Discarded_message_is_accepted_and_not_stored()
    {
        await using var host = await StartAsync(new Check(_ => Verdict.Discard));
        var (response, body) = await SendAsync(host, "a@a.test");
        Assert.Equal(HttpStatusCode.Accepted, response.StatusCode);
        Assert.Empty(host.Mail.Submitted);
        var line = Assert.Single(host.Log.Lines, line => line.Name == "discarded over http");
        Assert.Equal((body.GetProperty("id").GetString(), "a@a.test", "test"),
            (line.Fields["MessageId"]?.ToString(), line.Fields["Recipients"], line.Fields["Check"]));
    }

    private static AdminSettings Settings(params (string Domain, TargetKind Kind)[] routes) =>
        new(new AdminOptions(), new MetricsOptions { Enabled = false })
        {
            Routes = [.. routes.Select(route => new RouteRule(DomainPattern.Parse(route.Domain), route.Kind))],
        };

    private static Task<AdminHost> StartAsync(Check check) =>
        AdminHost.StartAsync(configure: services => services.AddSingleton<ISessionCheck<DataSubject>>(check));

    private static async Task<(HttpResponseMessage Response, JsonElement Body)> SendAsync(AdminHost host, params string[] recipients)
    {
        var json = JsonSerializer.Serialize(new { from = "sender@b.test", recipients, raw = "Subject: x\n\ny" });
        using var content = new StringContent(json, Encoding.UTF8, "application/json");
        return await host.SendAsync(HttpMethod.Post, "/api/v1/messages", content: content);
    }

    private sealed class Check(Func<DataSubject, Verdict> rule) : ISessionCheck<DataSubject>
    {
        public IReadOnlyList<string?> Seen { get; private set; } = [];

        public string Name => "test";

        public Verdict? Judge(DataSubject subject)
        {
            var session = subject.Session;
            Seen =
            [
                session.Listener.Service, session.AuthenticatedUser, session.ReversePath?.Address,
                string.Join(',', session.Recipients.Select(recipient => recipient.Address)),
            ];
            return rule(subject);
        }
    }
}
