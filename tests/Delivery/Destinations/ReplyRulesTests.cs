using Postfleet.Core.Classification;
using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;
using Postfleet.Delivery.Destinations;
using Postfleet.Delivery.Destinations.State;
using Postfleet.Delivery.Smtp;
using Xunit;

namespace Postfleet.Delivery.Tests.Destinations;

/// <summary>Rules for replies decide whether a recipient is tried again, and which reactions an attempt has.</summary>
public sealed class ReplyRulesTests
{
    private const string Host = "mx3.qq.com[192.0.2.1]:25";

    private static readonly SmtpReply TooFast = new(550, null, "Ip frequency limited.");

    private static readonly SmtpReply Unknown = new(550, new EnhancedStatus(5, 1, 1), "user unknown");

    private readonly List<ReplyMatch> _matches = [];

    [Fact]
    public void A_throttle_in_a_permanent_reply_defers_and_reacts_once()
    {
        var outcomes = Apply(Failed(0, TooFast), Failed(1, Unknown), Failed(2, TooFast));

        Assert.Equal([Disposition.Deferred, Disposition.Failed, Disposition.Deferred], outcomes.Select(each => each.Disposition));
        Assert.Equal(("qq-frequency", "bulk"), (Assert.Single(_matches).Rule.Id, _matches[0].Stream));
    }

    [Fact]
    public void The_same_words_of_another_host_stay_permanent() =>
        Assert.Equal(Disposition.Failed, Apply(Failed(0, TooFast, "mx.example.net[192.0.2.1]:25"))[0].Disposition);

    [Fact]
    public void Replies_of_this_program_and_about_recipients_have_no_reaction()
    {
        RecipientOutcome[] outcomes = [Failed(0, TooFast, ""), Failed(1, Unknown)];

        Assert.Same(outcomes, Apply(outcomes));
        Assert.Empty(_matches);
    }

    [Fact]
    public void What_a_host_says_in_its_greeting_is_matched()
    {
        var reply = new SmtpReply(421, null, "Too many connections") { Stage = ReplyStage.Greeting };
        var told = new HostReply(reply, "mx01.gmx.net[192.0.2.1]:25");

        Assert.Equal("gmx-connections", ReplyRules.Find(told, BounceClassifier.Shipped)!.Rule.Id);
        Assert.Null(ReplyRules.Find(null, BounceClassifier.Shipped));
        Assert.Null(ReplyRules.Find(new HostReply(Unknown, Host), BounceClassifier.Shipped));
    }

    private IReadOnlyList<RecipientOutcome> Apply(params RecipientOutcome[] outcomes) =>
        ReplyRules.Apply(outcomes, BounceClassifier.Shipped, _matches, "bulk");

    private static RecipientOutcome Failed(int recipient, SmtpReply reply, string host = Host) =>
        new(RecipientSet.Of(recipient), Disposition.Failed, reply, host);
}
