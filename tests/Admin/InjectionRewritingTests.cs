using System.Net;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Postfleet.Admin.Options;
using Postfleet.Configuration;
using Postfleet.Contracts.Receiving;
using Postfleet.Core.Mail;
using Xunit;

namespace Postfleet.Admin.Tests;

/// <summary>Messages over HTTP are rewritten where the configuration says so.</summary>
public sealed class InjectionRewritingTests
{
    [Fact]
    public async Task Recipients_sender_and_header_are_rewritten()
    {
        await using var host = await AdminHost.StartAsync();
        var settings = new AdminSettings(new AdminOptions(), new MetricsOptions { Enabled = false });
        host.Services.GetRequiredService<IReloadable<AdminSettings>>().Prepare(settings with { Rewriting = new Renaming() })();
        using var body = new StringContent(
            """{ "from": "a@old.test", "recipients": ["b@old.test", "b@new.test", "c@else.test"], "text": "hi" }""", Encoding.UTF8,
            "application/json");
        var (response, _) = await host.SendAsync(HttpMethod.Post, "/api/v1/messages", content: body);
        Assert.Equal(HttpStatusCode.Accepted, response.StatusCode);
        var submission = Assert.Single(host.Mail.Submitted);
        Assert.Equal(["b@new.test", "c@else.test"], submission.Recipients.Select(recipient => recipient.Address));
        Assert.Equal("rfc822;b@old.test", Assert.Single(submission.Requests).Value.OriginalRecipient);
        Assert.Equal("a@new.test", submission.Envelope.ReversePath!.Address);
        Assert.StartsWith("X-Rewritten: yes\r\n", Encoding.UTF8.GetString(submission.Content.ToMemory().Span), StringComparison.Ordinal);
        Assert.Equal(submission.Content.Length, submission.Envelope.Size);
    }

    private sealed class Renaming : IMailRewriting
    {
        public Mailbox Recipient(Mailbox recipient) =>
            recipient.Domain.Value == "old.test" ? Mailbox.Parse($"{recipient.LocalPart}@new.test") : recipient;

        public Mailbox? ReversePath(Mailbox? reversePath) => reversePath is null ? null : Recipient(reversePath);

        public MessageContent Content(MessageContent content, out int added)
        {
            var field = Encoding.ASCII.GetBytes("X-Rewritten: yes\r\n");
            added = field.Length;
            return AddedHeaders.Above(content, [field]);
        }
    }
}
