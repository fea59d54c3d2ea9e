using Postfleet.Core.Classification;
using Postfleet.Core.Mail;
using Xunit;

namespace Postfleet.Core.Tests.Classification;

/// <summary>The shipped rules: each is reached by its samples.</summary>
public sealed class ShippedRulesTests
{
    // Given by the module that ends the message, not by a reply.
    private static readonly string[] WithoutReply = ["unknown"];

    [Fact]
    public void Each_sample_is_matched_by_its_rule_and_by_no_earlier_rule() =>
        Assert.Empty(RuleSamples.Check(ShippedRules.All).Select(fault => $"line {fault.Rule.Line}, {fault.Rule.Id}: {fault.Fault}"));

    [Fact]
    public void Each_class_of_replies_has_a_rule() => Assert.Equal(
        BounceClass.All.Select(each => each.Name).Except(WithoutReply).Order(StringComparer.Ordinal),
        ShippedRules.All.Select(rule => rule.Class.Name).Distinct().Order(StringComparer.Ordinal));

    [Fact]
    public void At_least_25_providers_filters_and_servers_have_rules_with_a_source_and_its_day()
    {
        var rules = ShippedRules.All.Where(rule => rule.Checked is not null).ToList();
        var hosts = rules.SelectMany(rule => rule.Hosts).ToHashSet(StringComparer.Ordinal);
        var named = rules.Count(rule => rule.Hosts.Count == 0)
            + MailProviders.Names.Count(name => MailProviders.Find(name)!.Any(hosts.Contains))
            + rules.Count(rule => rule.Hosts.Any(host => !MailProviders.Names.Any(name => MailProviders.Find(name)!.Contains(host))));

        Assert.True(named >= 25, $"{named} providers have rules");
        Assert.All(rules, rule => Assert.StartsWith("http", rule.Source, StringComparison.Ordinal));
        Assert.All(ShippedRules.All.Where(rule => rule.Hosts.Count > 0), rule => Assert.NotNull(rule.Checked));
    }

    [Theory]
    [InlineData("550 5.1.1 <bob@example.net>: Recipient address rejected: User unknown")]
    [InlineData("550-5.1.1 The email account that you tried to reach does not exist. Please try\n550 5.1.1 double-checking the address.")]
    [InlineData("550 5.4.1 Recipient address rejected: Access denied. [SN1.prod.protection.outlook.com]")]
    [InlineData("550 Requested action not taken: mailbox unavailable")]
    [InlineData("550 5.1.1 <too.many.connections@example.net>: user unknown")]
    [InlineData("452 4.2.2 The recipient's inbox is out of storage space.")]
    [InlineData("552 5.2.2 <bob@example.net>: user is over quota, rate limit")]
    [InlineData("450 4.2.1 The user you are trying to contact is receiving mail at a rate that prevents additional messages")]
    [InlineData("450 User is receiving mail too quickly")]
    [InlineData("451 4.5.1 The recipient <bob@yandex.com> has exceeded their message rate limit. Try again later.")]
    [InlineData("554 5.2.122 The recipient has exceeded their limit for the number of messages they can receive per hour.")]
    [InlineData("421 4.7.27 rate limited because SPF for example.org did not pass")]
    public void A_reply_about_a_recipient_or_a_message_slows_no_host(string reply)
    {
        var parsed = ReplyText.TryParse(reply, ReplyStage.Recipient)!;

        Assert.All(Hosts, host => Assert.Empty(BounceClassifier.Shipped.FindRule(parsed, host)!.Reactions));
    }

    [Theory]
    [InlineData("mta7.am0.yahoodns.net[192.0.2.1]:25", "421 4.7.0 [TSS04] Messages from 192.0.2.1 temporarily deferred", "yahoo-tss04")]
    [InlineData("mx3.QQ.com[192.0.2.1]:25", "550 Domain frequency limited.", "qq-frequency")]
    [InlineData("mx.qq.com.example.net[192.0.2.1]:25", "550 Domain frequency limited.", "throttled")]
    [InlineData("", "550 Domain frequency limited.", "throttled")]
    [InlineData("gmail-smtp-in.l.google.com[192.0.2.1]:25", "421 4.7.28 an unusual rate of mail", "google-unusual-rate")]
    public void Rule_of_a_provider_is_for_its_hosts_alone(string host, string reply, string rule) =>
        Assert.Equal(rule, BounceClassifier.Shipped.FindRule(ReplyText.TryParse(reply, ReplyStage.Mail)!, host)!.Id);

    /// <summary>A host of each provider, and one of none.</summary>
    internal static IReadOnlyList<string> Hosts { get; } =
        ["", .. MailProviders.Names.SelectMany(name => MailProviders.Find(name)!).Select(suffix => $"mx1{suffix}[192.0.2.1]:25")];

    [Fact]
    public void Names_of_classes_are_unique()
    {
        Assert.Equal(BounceClass.All.Count, BounceClass.All.Select(each => each.Name).Distinct().Count());
        Assert.All(BounceClass.All, each => Assert.Same(each, BounceClass.Find(each.Name)));
        Assert.Null(BounceClass.Find("Unknown"));
    }
}
