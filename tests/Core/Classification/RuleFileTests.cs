using System.Text;
using CsCheck;
using Postfleet.Core.Classification;
using Postfleet.Core.Mail;
using Postfleet.Core.Units;
using Xunit;

namespace Postfleet.Core.Tests.Classification;

/// <summary>The form of files of rules, and their faults.</summary>
public sealed class RuleFileTests
{
    private const string Good = """{ "id": "a", "class": "spam", "codes": [550], "sample": "550 x" }""";

    [Theory]
    [InlineData("""{ "id": "A", "class": "spam", "codes": 550, "sample": "550 x" }""", 2, "id is 'A'; allowed: letters a to z")]
    [InlineData("""{ "id": "a", "class": "Spam", "codes": 550, "sample": "550 x" }""", 2, "class is 'Spam'; allowed: unknown-user, ")]
    [InlineData("""{ "id": "a", "class": "spam", "codes": [399], "sample": "550 x" }""", 2, "codes is '399'; allowed: codes of 400 to")]
    [InlineData("""{ "id": "a", "class": "spam", "codes": [], "sample": "550 x" }""", 2, "codes has 0 values; allowed: 1 to 100")]
    [InlineData("""{ "id": "a", "class": "spam", "enhanced": "5.7", "sample": "550 x" }""", 2, "enhanced is '5.7'; allowed: enhanced")]
    [InlineData("""{ "id": "a", "class": "spam", "enhanced": "2.1.1", "sample": "550 x" }""", 2, "enhanced is '2.1.1'; allowed:")]
    [InlineData("""{ "id": "a", "class": "spam", "text": "x", "sample": "550 x" }""", 2, "text is 'x'; allowed: texts of 2 to")]
    [InlineData("""{ "id": "a", "class": "spam", "match": "(", "sample": "550 x" }""", 2, "match is '('; allowed: a regular")]
    [InlineData("""{ "id": "a", "class": "spam", "match": "(?=x)", "sample": "550 x" }""", 2, "match is '(?=x)'; allowed: a reg")]
    [InlineData("""{ "id": "a", "class": "spam", "codes": 550, "at": "rcpt", "sample": "550 x" }""", 2, "at is 'rcpt'; allowed: mail, rec")]
    [InlineData("""{ "id": "a", "class": "spam", "codes": 550, "sample": "250 x" }""", 2, "sample is '250 x'; allowed: replies such")]
    [InlineData("""{ "id": "a", "class": "spam", "codes": 550 }""", 2, "the rule has no 'sample'; allowed: a rule with id, class and")]
    [InlineData("""{ "id": "a", "class": "spam", "sample": "550 x" }""", 2, "the rule matches any reply; allowed: a rule with codes")]
    [InlineData("""{ "id": "a", "class": "spam", "codes": true, "sample": "550 x" }""", 2, "codes is 'True'; allowed: codes of 400")]
    [InlineData("""{ "id": "a", "class": { }, "codes": 550, "sample": "550 x" }""", 2, "class is 'Object'; allowed: unknown-user")]
    [InlineData("{ \"id\": \"a\",\n\"klass\": \"spam\" }", 3, "unknown property 'klass'; allowed: id, class, codes")]
    [InlineData("{ \"id\": \"a\",\n\"id\": \"b\" }", 3, "property 'id' is there twice; allowed: once")]
    [InlineData("""{ "id": "a", "class": "mailbox-full", "codes": 452, "sample": "452 x", "do": { "slow": 0.5 } }""", 2, "about one recip")]
    [InlineData("""{ "id": "a", "class": "spam", "codes": 550, "sample": "550 x", "do": { "pause": "1h" } }""", 2, "about one message")]
    [InlineData(Good + ",\n" + Good, 3, "id is 'a', as in line 2; allowed: an id of its own")]
    [InlineData("{ \"id\": \"a\"\n\"class\" }", 3, "allowed: JSON, with comments and trailing commas")]
    [InlineData("\n5", 3, "the file has another form; allowed: { \"rules\"")]
    public void Fault_names_line_value_and_what_is_allowed(string rule, int line, string text)
    {
        var faults = Read($"{{ \"rules\": [\n{rule} ] }}").Faults;

        Assert.Contains(faults, fault => fault.Line == line && fault.Text.Contains(text, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(""" "as": "failed" """, "as is 'failed'; allowed: def")]
    [InlineData(""" "as": "deferred" """, "and all codes are 4yz;")]
    [InlineData(""" "provider": "yahu" """, "provider is 'yahu'; al")]
    [InlineData(""" "provider": ".x.test." """, "provider is '.x.t")]
    [InlineData(""" "checked": "today" """, "checked is 'today'; al")]
    [InlineData(""" "do": [] """, "do has 0 reactions; allowed: 1")]
    [InlineData(""" "do": "slow" """, "do has String; allowed: obj")]
    [InlineData(""" "do": { "slow": 0.5, "slo": 1 } """, "do has 'slo'; allowed:")]
    [InlineData(""" "do": { "slow": 1 } """, "slow is '1'; allowed: a")]
    [InlineData(""" "do": { "slow": 0.5, "floor": "x" } """, "floor is")]
    [InlineData(""" "do": { "slow": 0.5, "max": "1h" } """, "'max' be")]
    [InlineData(""" "do": { "pause": "9d" } """, "pause is '9d'; al")]
    [InlineData(""" "do": { "pause": "1h", "after": "5" } """, "after is")]
    [InlineData(""" "do": { "pause": "1h", "what": "me" } """, "what is ")]
    [InlineData(""" "do": { "slow": 0.5, "floor": 2, "what": "stream" } """, "stream only for")]
    [InlineData(""" "do": { "hold": "1m" } """, "both or none of slow")]
    public void Fault_of_a_reaction_names_line_value_and_what_is_allowed(string property, string text)
    {
        var rule = $$"""{ "id": "a", "class": "throttled", "codes": 421, "sample": "421 x", {{property}} }""";

        var fault = Assert.Single(Read($"{{ \"rules\": [\n{rule} ] }}").Faults);

        Assert.Equal(2, fault.Line);
        Assert.Contains(text, fault.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Reactions_are_read()
    {
        var rule = Assert.Single(Read("""
            { "rules": [ { "id": "a", "class": "throttled", "codes": 550, "sample": "550 x", "as": "deferred",
              "provider": [".x.test", "qq"], "checked": "2026-11-29", "at": "greeting",
              "do": [ { "slow": 0.25, "floor": "5/m", "hold": "10s", "recover": "2m" }, { "slow": 0.5, "floor": 2, "after": "3/1m" },
                { "pause": "2h", "max": "8h", "what": "stream", "after": "5/10m" } ] } ] }
            """).Rules);

        Assert.True(rule.IsDeferred);
        Assert.Equal([".x.test", ".qq.com"], rule.Hosts);
        Assert.Equal(new DateOnly(2026, 11, 29), rule.Checked);
        Assert.Equal(ReplyStage.Greeting, rule.Samples[0].Stage);
        Assert.True(Rate.TryParse("5/m", out var floor));
        Assert.Equal(
            [
                new ReplyReaction { Slow = 0.25, Floor = floor, Hold = TimeSpan.FromSeconds(10), Recover = TimeSpan.FromMinutes(2) },
                new ReplyReaction { Slow = 0.5, LeastConnections = 2, After = 3, Within = TimeSpan.FromMinutes(1) },
                new ReplyReaction
                {
                    Pause = TimeSpan.FromHours(2), Max = TimeSpan.FromHours(8), What = ReactionTarget.Stream, After = 5,
                    Within = TimeSpan.FromMinutes(10),
                },
            ],
            rule.Reactions);
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{ }")]
    [InlineData("{ \"rule\": [] }")]
    [InlineData("{ \"rules\": { } }")]
    [InlineData("{ \"rules\": [], \"more\": 1 }")]
    [InlineData("{ \"rules\": [] } x")]
    public void Other_forms_are_refused(string text) => Assert.Single(Read(text).Faults);

    [Fact]
    public void Rule_has_what_the_file_says()
    {
        var file = Read("""
            // Rules of a customer.
            { "rules": [
              { "id": "full", "class": "mailbox-full", "codes": [452, "5yz"], "enhanced": ["x.2.2"], "text": "volle Mailbox",
                "at": "recipient", "source": "https://example.org/errors",
                "sample": ["552-5.2.2 volle\n552 5.2.2 Mailbox", "452 4.2.2 Volle Mailbox"], },
            ], }
            """);

        Assert.Empty(file.Faults);
        var rule = Assert.Single(file.Rules);
        Assert.Equal(("full", "mailbox-full", BounceScope.Recipient, 3), (rule.Id, rule.Class.Name, rule.Class.Scope, rule.Line));
        Assert.Equal(["552 5.2.2 volle Mailbox", "452 4.2.2 Volle Mailbox"], rule.Samples.Select(sample => sample.ToString()));
        Assert.All(rule.Samples, sample => Assert.Equal(ReplyStage.Recipient, sample.Stage));
        Assert.Empty(RuleSamples.Check(file.Rules));
    }

    [Fact]
    public void Sample_of_another_rule_is_a_fault()
    {
        var file = Read("""
            { "rules": [
              { "id": "all", "class": "policy", "codes": ["5yz"], "sample": "550 x" },
              { "id": "never", "class": "spam", "codes": [554], "sample": "554 x" },
              { "id": "other", "class": "spam", "codes": [450], "sample": "451 y" } ] }
            """);

        Assert.Equal(
            [
                (3, "sample is '554 x', which the earlier rule 'all' matches; allowed: a reply that no earlier rule matches"),
                (4, "sample is '451 y', which the rule does not match; allowed: a reply with its codes, text and stage"),
            ],
            RuleSamples.Check(file.Rules).Select(fault => (fault.Rule.Line, fault.Fault)));
    }

    [Fact]
    public void File_is_bounded()
    {
        var many = string.Join(',', Enumerable.Range(0, RuleFile.MaxRules + 1).Select(each => Good.Replace("\"a\"", $"\"a{each}\"")));

        Assert.Contains("more than 2000 rules", Assert.Single(Read($"{{ \"rules\": [ {many} ] }}").Faults).Text, StringComparison.Ordinal);
        Assert.Contains("octets", Assert.Single(Read(new string(' ', RuleFile.MaxLength + 1)).Faults).Text, StringComparison.Ordinal);
    }

    [Fact]
    public void No_content_throws()
    {
        var pieces = Gen.OneOf(
            "{", "}", "[", "]", ",", ":", "\"rules\"", "\"id\"", "\"a\"", "\"sample\"", "550", "null", "\"\\ud800\"", "\n", Good);
        Gen.OneOf(
                Gen.Byte.Array,
                pieces.Array[0, 20].Select(parts => Encoding.UTF8.GetBytes(string.Concat(parts))),
                pieces.Array[0, 20].Select(parts => Encoding.UTF8.GetBytes($"{{ \"rules\": [ {string.Concat(parts)}")),
                Gen.Select(Gen.Byte, Gen.Int[0, 50], (octet, at) => WithOctet($"{{ \"rules\": [ {Good} ] }}", octet, at)))
            .Sample(content =>
            {
                var file = RuleFile.Read(content);
                Assert.True(file.Faults.Count > 0 || file.Rules.Count <= RuleFile.MaxRules);
            });
    }

    private static byte[] WithOctet(string text, byte octet, int at)
    {
        var content = Encoding.UTF8.GetBytes(text);
        content[at] = octet;
        return content;
    }

    private static RuleFile Read(string text) => RuleFile.Read(Encoding.UTF8.GetBytes(text));
}
