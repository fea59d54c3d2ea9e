using CsCheck;
using Postfleet.Core.Classification;
using Postfleet.Core.Mail;
using Xunit;

namespace Postfleet.Core.Tests.Classification;

public sealed class BounceClassifierTests
{
    // Words of the rules, so that random texts meet them, and characters with a meaning for expressions and enhanced codes.
    private static readonly Gen<string> Text = Gen.OneOf(
        Gen.String,
        Gen.OneOf("user unknown", "spamhaus", "4.7.1", "#5.1.1", "#", "try again later", "\n", "  ", "(((", "quota exceeded", "x")
            .Array[0, 200].Select(parts => string.Join(' ', parts)),
        Gen.Char.Array[2000].Select(characters => new string(characters)));

    private static readonly Gen<EnhancedStatus?> Status = Gen.Select(
        Gen.OneOf(0, 2, 4, 5), Gen.Int[0, 999], Gen.Int[0, 999],
        (@class, subject, detail) => @class == 0 ? (EnhancedStatus?)null : new EnhancedStatus(@class, subject, detail));

    [Fact]
    public void Every_negative_reply_has_a_class_and_no_other_reply_has_one() =>
        Gen.Select(Gen.Int[200, 599], Status, Text, Gen.Enum<ReplyStage>()).Sample((code, status, text, stage) =>
        {
            var reply = new SmtpReply(code, status, text) { Stage = stage };
            var found = BounceClassifier.Shipped.Classify(reply);

            Assert.Equal(code >= 400, found is not null);
            Assert.Equal(found, BounceClassifier.Shipped.Classify(reply));
            if (found is not null) Assert.Contains(found, BounceClass.All);
        });

    [Fact]
    public void Reply_without_a_matching_rule_is_unknown()
    {
        var none = new BounceClassifier([]);

        Assert.Same(BounceClass.Unknown, none.Classify(new SmtpReply(550, new EnhancedStatus(5, 1, 1), "user unknown")));
        Assert.Null(none.FindRule(new SmtpReply(550, null, "")));
        Assert.Null(none.Classify(new SmtpReply(250, null, "ok")));
        Assert.Same(BounceClass.Unknown, BounceClassifier.Shipped.Classify(new SmtpReply(599, null, "")));
    }

    [Fact]
    public void Remembered_replies_are_not_confused() => Gen.Select(Gen.Int[400, 599], Status, Text, Gen.Enum<ReplyStage>()).Array[2, 400]
        .Sample(replies =>
        {
            var classifier = new BounceClassifier(ShippedRules.All);
            foreach (var (code, status, text, stage) in replies.Concat(replies))
            {
                var reply = new SmtpReply(code, status, text) { Stage = stage };
                Assert.Same(new BounceClassifier(ShippedRules.All).FindRule(reply), classifier.FindRule(reply));
            }
        }, iter: 5);

    [Fact]
    public void First_matching_rule_wins()
    {
        var rules = RulesOf("""
            { "id": "first", "class": "spam", "codes": [550, "4yz"], "text": "two words", "sample": "550 two words" },
            { "id": "second", "class": "policy", "codes": ["5yz"], "sample": "554 x" },
            """);

        Assert.Equal("first", Find(rules, new SmtpReply(550, null, "Two\nWORDS")));
        Assert.Equal("first", Find(rules, new SmtpReply(499, null, "a two   words b")));
        Assert.Equal("second", Find(rules, new SmtpReply(551, null, "two words")));
        Assert.Null(Find(rules, new SmtpReply(450, null, "twowords")));
    }

    [Fact]
    public void Stage_of_the_dialogue_decides()
    {
        var rules = RulesOf("""{ "id": "a", "class": "mailbox-full", "codes": [552], "at": ["recipient", "mail"], "sample": "552 x" }""");

        Assert.Equal("a", Find(rules, new SmtpReply(552, null, "x") { Stage = ReplyStage.Recipient }));
        Assert.Equal("a", Find(rules, new SmtpReply(552, null, "x") { Stage = ReplyStage.Mail }));
        Assert.Null(Find(rules, new SmtpReply(552, null, "x") { Stage = ReplyStage.EndOfData }));
        Assert.Null(Find(rules, new SmtpReply(552, null, "x")));
    }

    [Theory]
    [InlineData("sorry, no mailbox here by that name (#5.1.1)", "a")]
    [InlineData("#5.1.1", "a")]
    [InlineData("(#5.1.12)", null)]
    [InlineData("(#4.1.1)", null)]
    [InlineData("(#5.1.1.1)", null)]
    [InlineData("5.1.1 in the text", null)]
    [InlineData("# 5.1.1", null)]
    [InlineData("#", null)]
    public void Enhanced_code_behind_a_number_sign_counts(string text, string? rule)
    {
        var rules = RulesOf("""{ "id": "a", "class": "unknown-user", "enhanced": "x.1.1", "sample": "550 5.1.1 x" }""");

        Assert.Equal(rule, Find(rules, new SmtpReply(550, null, text)));
        Assert.Null(Find(rules, new SmtpReply(550, new EnhancedStatus(5, 7, 1), text)));
    }

    [Theory]
    [InlineData("x.7.x", "5.7.1", true)]
    [InlineData("x.7.x", "4.7.999", true)]
    [InlineData("x.7.x", "5.1.1", false)]
    [InlineData("4.x.x", "5.1.1", false)]
    [InlineData("x.x.25", "5.7.25", true)]
    [InlineData("5.7.1", "5.7.10", false)]
    public void Patterns_of_enhanced_codes(string pattern, string code, bool matches)
    {
        Assert.True(EnhancedStatus.TryParse(code, out var status));
        var rules = RulesOf($$"""{ "id": "a", "class": "policy", "enhanced": "{{pattern}}", "sample": "550 x" }""");

        Assert.Equal(matches, Find(rules, new SmtpReply(status.Class * 100 + 50, status, "")) is not null);
    }

    [Fact]
    public void Expression_takes_linear_time()
    {
        var rules = RulesOf("""{ "id": "a", "class": "policy", "match": "(a+)+$", "sample": "550 a" }""");

        // A backtracking engine would take 2 to the power of 900 steps.
        Assert.Null(Find(rules, new SmtpReply(550, null, new string('a', 900) + "b")));
        Assert.Equal("a", Find(rules, new SmtpReply(550, null, "BAA")));
    }

    private static BounceClassifier RulesOf(string rules)
    {
        var file = RuleFile.Read(System.Text.Encoding.UTF8.GetBytes($$"""{ "rules": [ {{rules}} ] }"""));
        Assert.Empty(file.Faults);
        return new BounceClassifier(file.Rules);
    }

    private static string? Find(BounceClassifier classifier, SmtpReply reply) => classifier.FindRule(reply)?.Id;
}
