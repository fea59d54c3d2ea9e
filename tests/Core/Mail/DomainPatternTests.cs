using Postfleet.Core.Mail;
using Xunit;

namespace Postfleet.Core.Tests.Mail;

public sealed class DomainPatternTests
{
    [Theory]
    [InlineData("*", "example.org", true)]
    [InlineData("*", "[192.0.2.1]", true)]
    [InlineData("*.test", "anything.test", true)]
    [InlineData("*.test", "a.b.c.test", true)]
    [InlineData("*.test", "test", false)]
    [InlineData("*.test", "contest", false)]
    [InlineData("*.test", "a.contest", false)]
    [InlineData("*.Example.ORG.", "mail.example.org", true)]
    [InlineData("*.test", ".test", false)]
    [InlineData("*.test", "[192.0.2.1]", false)]
    [InlineData("example.org", "example.org", true)]
    [InlineData("Example.ORG", "example.org", true)]
    [InlineData("example.org", "mail.example.org", false)]
    [InlineData("example.org", "xexample.org", false)]
    [InlineData("[192.0.2.1]", "[192.0.2.1]", true)]
    [InlineData("bücher.example", "xn--bcher-kva.example", true)]
    public void A_pattern_matches_its_domains(string pattern, string domain, bool matches) =>
        Assert.Equal(matches, DomainPattern.Parse(pattern).Matches(domain));

    [Theory]
    [InlineData("*", false)]
    [InlineData("*.test", false)]
    [InlineData("test", true)]
    [InlineData("[192.0.2.1]", true)]
    public void Only_a_single_name_counts_as_a_name(string pattern, bool isName) =>
        Assert.Equal(isName, DomainPattern.Parse(pattern).IsName);

    [Fact]
    public void The_default_pattern_matches_nothing() => Assert.False(default(DomainPattern).Matches("example.org"));

    [Fact]
    public void The_pattern_for_no_domain_is_covered_by_none_and_covers_none()
    {
        Assert.Equal(DomainPattern.None, DomainPattern.Parse(""));
        Assert.False(DomainPattern.None.IsName);
        foreach (var other in new[] { DomainPattern.None, DomainPattern.All, DomainPattern.Parse("*.example.org") })
        {
            Assert.False(other.Covers(DomainPattern.None));
            Assert.False(DomainPattern.None.Overlaps(other));
        }
    }
}
