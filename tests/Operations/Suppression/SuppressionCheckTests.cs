using System.Net;
using System.Text;
using Postfleet.Contracts.Receiving;
using Postfleet.Core.Mail;
using Postfleet.Operations.Options;
using Postfleet.Operations.Suppression;
using Xunit;

namespace Postfleet.Operations.Tests.Suppression;

/// <summary>The refusal of recipients on the suppression list at RCPT.</summary>
public sealed class SuppressionCheckTests : SuppressionBench
{
    [Theory]
    [InlineData(SuppressedRecipientHandling.Refuse, true, null, "ann@a.test", true)]
    [InlineData(SuppressedRecipientHandling.Refuse, false, "shop", "ann@a.test", true)]
    [InlineData(SuppressedRecipientHandling.Refuse, true, null, "bob@a.test", false)]
    [InlineData(SuppressedRecipientHandling.Refuse, false, null, "ann@a.test", false)]
    [InlineData(SuppressedRecipientHandling.Accept, true, null, "ann@a.test", false)]
    public async Task Recipients_of_own_mail_are_refused_by_option(
        SuppressedRecipientHandling handling, bool isTrusted, string? user, string recipient, bool isRefused)
    {
        Options.Value = Options.Value with { AtRecipient = handling };
        await PutAsync("ann@a.test");
        await StartAsync();
        var verdict = await JudgeAsync(new Session { IsTrusted = isTrusted, AuthenticatedUser = user }, recipient);
        Assert.Equal(isRefused ? VerdictKind.Refuse : VerdictKind.Accept, verdict.Kind);
        var reply = Encoding.ASCII.GetString(verdict.Reply.Span);
        Assert.Equal(isRefused, reply.StartsWith("550 5.7.1 The recipient is on the suppression list", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("stream:default", "", null, true)]
    [InlineData("stream:bulk", "", null, false)]
    [InlineData("stream:bulk", "bulk", null, true)]
    [InlineData("user:shop", "", "shop", true)]
    [InlineData("user:shop", "", "other", false)]
    public async Task The_stream_is_that_of_the_listener(string scope, string stream, string? user, bool isRefused)
    {
        Options.Value = Options.Value with { AtRecipient = SuppressedRecipientHandling.Refuse };
        await PutAsync("a.test", scope);
        await StartAsync();
        var session = new Session { IsTrusted = true, AuthenticatedUser = user, Stream = stream };
        Assert.Equal(isRefused, (await JudgeAsync(session, "ann@a.test")).Kind == VerdictKind.Refuse);
    }

    [Fact]
    public async Task A_recipient_that_cannot_be_concerned_is_judged_without_a_question()
    {
        Options.Value = Options.Value with { AtRecipient = SuppressedRecipientHandling.Refuse };
        await PutAsync("ann@a.test");
        await StartAsync();
        Store.Found.Clear();
        var check = new SuppressionCheck(List);
        Assert.Equal(VerdictKind.Accept, check.Judge(Subject(new Session { IsTrusted = true }, "bob@a.test"))!.Value.Kind);
        Assert.Null(check.Judge(Subject(new Session { IsTrusted = true }, "ann@a.test")));
        Assert.Empty(Store.Found);
        // Recipients are looked up again before they are sent to.
        Assert.Equal(VerdictKind.Accept, check.WhenFailed.Kind);
    }

    private async Task<Verdict> JudgeAsync(Session session, string recipient)
    {
        var check = new SuppressionCheck(List);
        var subject = Subject(session, recipient);
        return check.Judge(subject) ?? await check.AskAsync(subject, default);
    }

    private static RecipientSubject Subject(Session session, string recipient) =>
        new(session, Mailbox.Parse(recipient), DsnRequest.None, IsPostmaster: false);

    private sealed class Session : ISessionView
    {
        public string Stream { get; init; } = "";

        public ListenerProfile Listener => new("relay", ListenerTls.None) { Stream = Stream };

        public IPAddress Client => IPAddress.Loopback;

        public bool IsTrusted { get; init; }

        public string ClientName => "client.test";

        public string? AuthenticatedUser { get; init; }

        public bool IsSecure => false;

        public Mailbox? ReversePath => null;

        public IReadOnlyList<Mailbox> Recipients => [];
    }
}
