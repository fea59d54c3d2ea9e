using System.Net;
using CsCheck;
using Postfleet.Frontend.Access;
using Xunit;

namespace Postfleet.Frontend.Tests.Access;

/// <summary>Names and answers of DNS lists (RFC 5782).</summary>
public sealed class DnsListNameTests
{
    [Theory]
    [InlineData("192.0.2.99", "99.2.0.192.bad.example.com")]
    [InlineData("::ffff:192.0.2.99", "99.2.0.192.bad.example.com")]
    [InlineData("2001:db8:1:2:3:4:567:89ab", "b.a.9.8.7.6.5.0.4.0.0.0.3.0.0.0.2.0.0.0.1.0.0.0.8.b.d.0.1.0.0.2.bad.example.com")]
    public void Addresses_are_reversed(string address, string name) =>
        Assert.Equal(name, DnsListName.Of(IPAddress.Parse(address), "bad.example.com"));

    [Fact]
    public void Reversed_twice_an_address_is_itself() => Gen.OneOf(Gen.Byte.Array[4], Gen.Byte.Array[16]).Sample(octets =>
    {
        var address = new IPAddress(octets);
        if (address.IsIPv4MappedToIPv6) address = address.MapToIPv4();
        var labels = DnsListName.Of(address, "z").Split('.')[..^1];
        Array.Reverse(labels);
        var text = labels.Length == 4 ? string.Join('.', labels)
            : string.Join(':', labels.Chunk(4).Select(four => string.Concat(four)));
        Assert.Equal(address, IPAddress.Parse(text));
    });

    [Theory]
    [InlineData("Example.COM.", "example.com.z.test")]
    [InlineData("b\u00fccher.example", "xn--bcher-kva.example.z.test")]
    [InlineData("localhost", null)]
    [InlineData("[192.0.2.1]", null)]
    [InlineData("a b.test", null)]
    [InlineData("192.0.2.7", null)]
    [InlineData("example.1", null)]
    [InlineData("", null)]
    public void Domains_are_names_of_the_dns(string domain, string? name) => Assert.Equal(name, DnsListName.Of(domain, "z.test"));

    [Theory]
    [InlineData("", "127.9.9.9", true)]
    [InlineData("127.0.0.2", "127.0.0.2", true)]
    [InlineData("127.0.0.2", "127.0.0.3", false)]
    [InlineData("127.0.0.[2..11]", "127.0.0.11", true)]
    [InlineData("127.0.0.[2..11]", "127.0.0.12", false)]
    [InlineData("127.0.[1;3].[2..4;10]", "127.0.3.10", true)]
    [InlineData("127.0.[1;3].[2..4;10]", "127.0.2.10", false)]
    [InlineData("127.0.0.&6", "127.0.0.4", true)]
    [InlineData("127.0.0.&6", "127.0.0.9", false)]
    [InlineData("127.0.0.4, 127.0.1.[2..5]", "127.0.1.5", true)]
    public void Patterns_say_which_answers_count(string patterns, string answer, bool counts) =>
        Assert.Equal(counts, AnswerFilter.Parse(patterns)!.Matches(IPAddress.Parse(answer)));

    [Theory]
    [InlineData("127.0.0")]
    [InlineData("127.0.0.256")]
    [InlineData("127.0.0.2.3")]
    [InlineData("127.0.0.[5..2]")]
    [InlineData("127.0.0.[2..")]
    [InlineData("127.0.0.[]")]
    [InlineData("127.0.0.[1..2..3]")]
    [InlineData("127.0.0.&0")]
    [InlineData("127.0.0.x")]
    [InlineData("127.0.0.-1")]
    [InlineData("127.0.0.[2]x")]
    public void Other_patterns_are_refused(string pattern) => Assert.Null(AnswerFilter.Parse(pattern));

    [Fact]
    public void Any_text_is_read_or_refused() => Gen.String[Gen.Char["127.0[];&, "], 0, 40]
        .Sample(text => AnswerFilter.Parse(text)?.Matches(IPAddress.Loopback) is not null || true);
}
