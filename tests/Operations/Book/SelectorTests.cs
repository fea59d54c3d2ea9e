using CsCheck;
using Postfleet.Contracts.Operations;
using Postfleet.Core.Queueing;
using Xunit;

namespace Postfleet.Operations.Tests.Book;

/// <summary>What an action is about.</summary>
public sealed class SelectorTests
{
    [Theory]
    [InlineData("*", "", true)]
    [InlineData("", "", true)]
    [InlineData("", "a", false)]
    [InlineData("bulk:*", "bulk:example.org", true)]
    [InlineData("*:*.org", "bulk:example.org", true)]
    [InlineData("*:*.org", "bulk:example.com", false)]
    [InlineData("a*b*c", "a-b-b-c", true)]
    [InlineData("Bulk:*.ORG", "bulk:example.org", true)]
    [InlineData("[*", "{a", false)]
    [InlineData("a*b*c", "a-c-b", false)]
    [InlineData("BULK:*", "bulk:Example.org", true)]
    public void A_star_stands_for_any_text(string pattern, string text, bool isMatch) =>
        Assert.Equal(isMatch, Glob.Matches(pattern, text));

    [Fact]
    public void A_glob_agrees_with_a_regular_expression() =>
        Gen.Select(Gen.String[Gen.Char["ab*"], 0, 8], Gen.String[Gen.Char["ab"], 0, 12]).Sample((pattern, text) =>
        {
            var regex = $"^{System.Text.RegularExpressions.Regex.Escape(pattern).Replace("\\*", ".*", StringComparison.Ordinal)}$";
            Assert.Equal(System.Text.RegularExpressions.Regex.IsMatch(text, regex), Glob.Matches(pattern, text));
        });

    [Theory]
    [InlineData("", "", "", "bulk:a.example.org", true)]
    [InlineData("", "example.org", "", "bulk:example.org", true)]
    [InlineData("", "example.org", "", "bulk:a.example.org", false)]
    [InlineData("", "*.example.org", "", "bulk:a.example.org", true)]
    [InlineData("", "*.example.org", "", "bulk:example.org", false)]
    [InlineData("", "*.example.org", "", "bulk:notexample.org", false)]
    [InlineData("", "", "bulk", "bulk:example.org", true)]
    [InlineData("BULK:*", "Example.ORG", "Bulk", "bulk:example.org", true)]
    [InlineData("", "*.Example.org", "", "bulk:a.example.org", true)]
    [InlineData("", "", "bul", "bulk:example.org", false)]
    [InlineData("bulk:*", "example.org", "", "bulk:example.org", true)]
    [InlineData("other:*", "example.org", "", "bulk:example.org", false)]
    public void A_queue_must_match_all_that_is_given(string queue, string domain, string stream, string key, bool isMatch) => Assert.Equal(
        isMatch, (ActionSelector.None with { Queue = queue, Domain = domain, Stream = stream }).Matches(QueueKey.FromTrusted(key)));

    [Fact]
    public void A_queue_without_a_destination_matches_no_site()
    {
        var selector = ActionSelector.None with { Site = "*mx.example.org" };
        var queue = QueueKey.FromTrusted("bulk:example.org");
        Assert.False(selector.Matches(queue, null));
        Assert.True(selector.Matches(queue, new DestinationId("default|mx.example.org")));
        Assert.False(selector.Matches(queue, new DestinationId("default|mx.example.com")));
    }

    [Theory]
    [InlineData("", "a@example.org", true)]
    [InlineData("a@Example.org", "a@example.ORG", true)]
    [InlineData("A@example.org", "a@example.org", false)]
    [InlineData("@example.org", "a@EXAMPLE.org", true)]
    [InlineData("@example.org", "a@sub.example.org", false)]
    [InlineData("<>", "", true)]
    [InlineData("<>", "a@example.org", false)]
    [InlineData("a@example.org", "", false)]
    public void A_sender_matches_as_an_address_or_by_its_domain(string wanted, string sender, bool isMatch) =>
        Assert.Equal(isMatch, (ActionSelector.None with { Sender = wanted }).MatchesSender(sender));

    [Fact]
    public void A_selector_covers_itself_and_what_is_narrower()
    {
        var wide = ActionSelector.None with { Stream = "bulk" };
        var narrow = wide with { Domain = "example.org" };
        Assert.True(wide.Covers(wide) && wide.Covers(narrow) && narrow.Covers(narrow));
        Assert.False(narrow.Covers(wide));
    }
}
