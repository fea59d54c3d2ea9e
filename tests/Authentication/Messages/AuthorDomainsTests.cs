using System.Text;
using Postfleet.Authentication.Messages;
using Xunit;

namespace Postfleet.Authentication.Tests.Messages;

/// <summary>Domains of From (RFC 5322 section 3.6.2), as DMARC reads them.</summary>
public sealed class AuthorDomainsTests
{
    [Theory]
    [InlineData("joe@Example.ORG", "example.org")]
    [InlineData("Joe <joe@example.org>", "example.org")]
    [InlineData("\"Joe, <x@bad.example>\" <joe@example.org>", "example.org")]
    [InlineData("Joe (at <x@bad.example>, (nested\\)) ) <joe@example.org> (x@y)", "example.org")]
    [InlineData("<@relay.example,@b.example:joe@example.org>", "example.org")]
    [InlineData("\"joe@home\"@example.org", "example.org")]
    [InlineData("joe@\r\n example . org", "example.org")]
    [InlineData("joe@b\u00fccher.example", "xn--bcher-kva.example")]
    [InlineData("a@one.example, B <b@two.example>,, c@ONE.example", "one.example two.example")]
    [InlineData("Team: a@one.example, <b@two.example>;", "one.example two.example")]
    [InlineData("joe@[192.0.2.1]", "[192.0.2.1]")]
    public void Readable_fields_have_their_domains(string value, string domains)
    {
        var authors = Read($"From: {value}\r\n\r\n");
        Assert.True(authors.IsReadable);
        Assert.Equal(domains, string.Join(' ', authors.Domains));
        Assert.Equal(domains.Contains(' ', StringComparison.Ordinal) ? null : domains, authors.Single?.Value);
    }

    [Theory]
    [InlineData("joe")]
    [InlineData("<>")]
    [InlineData("@example.org")]
    [InlineData("Joe <joe@example.org")]
    [InlineData("\"Joe <joe@example.org>")]
    [InlineData("joe@example.org (open")]
    [InlineData("joe@exa mple..org")]
    [InlineData("a@example.org, b")]
    [InlineData("Joe <a@good.example <b@bad.example>>")]
    public void Unreadable_fields_have_no_single_domain(string value)
    {
        var authors = Read($"From: {value}\r\n\r\n");
        Assert.False(authors.IsReadable);
        Assert.Null(authors.Single);
    }

    [Fact]
    public void Repeated_fields_have_no_single_domain()
    {
        var authors = Read("From: a@example.org\r\nfrom : b@example.org\r\n\r\n");
        Assert.Equal(2, authors.FieldCount);
        Assert.Single(authors.Domains);
        Assert.Null(authors.Single);
    }

    [Fact]
    public void Missing_and_empty_fields_have_no_domain()
    {
        Assert.Equal(0, Read("To: a@example.org\r\n\r\n").FieldCount);
        Assert.Null(Read("To: a@example.org\r\n\r\n").Single);
        Assert.Null(Read("From:\r\n\r\n").Single);
    }

    [Fact]
    public void Domains_are_bounded()
    {
        var authors = Read("From: " + string.Join(",\r\n ", Enumerable.Range(0, 1_000).Select(i => $"a@d{i}.example")) + "\r\n\r\n");
        Assert.Equal(AuthorDomains.MaxDomains, authors.Domains.Length);
        Assert.False(authors.IsReadable);
        Assert.False(Read($"From: {new string('a', AuthorDomains.MaxField)}@example.org\r\n\r\n").IsReadable);
    }

    private static AuthorDomains Read(string message) => AuthorDomains.Read(MessageHeader.Read(Encoding.UTF8.GetBytes(message)));
}
