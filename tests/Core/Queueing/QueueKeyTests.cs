using CsCheck;
using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;
using Postfleet.Testing.Generators;
using Xunit;

namespace Postfleet.Core.Tests.Queueing;

public sealed class QueueKeyTests
{
    private static readonly Gen<string> Stream =
        Gen.Char["abcdefghijklmnopqrstuvwxyz0123456789-_"].Array[1, QueueKey.MaxStreamLength].Select(chars => new string(chars));

    private static readonly Gen<DomainName> Domain = Gen.OneOf(AddressGen.Name, AddressGen.Literal)
        .Select(text => DomainName.TryParse(text, out var domain) ? domain : Parse("example.org"));

    [Fact]
    public void The_parts_and_the_text_of_a_key_read_back() => Gen.Select(Stream, Domain).Sample((stream, domain) =>
    {
        var key = QueueKey.For(stream, domain);
        Assert.Equal(stream, key.Stream);
        Assert.Equal(domain.Value, key.Domain);
        Assert.True(key.StreamSpan.SequenceEqual(stream));
        Assert.True(key.DomainSpan.SequenceEqual(domain.Value));
        Assert.True(QueueKey.TryParse(key.Value, out var read));
        Assert.Equal(key, read);
        Assert.Equal(key, QueueKey.FromTrusted(key.Value));
    }, iter: 5_000);

    [Fact]
    public void Spellings_of_a_domain_share_a_queue()
    {
        Assert.Equal(QueueKey.For("bulk", Parse("example.org")), QueueKey.For("bulk", Parse("EXAMPLE.org.")));
        Assert.True(QueueKey.TryParse("bulk:EXAMPLE.org", out var key));
        Assert.Equal("bulk:example.org", key.Value);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData(":")]
    [InlineData("example.org")]
    [InlineData(":example.org")]
    [InlineData("default:")]
    [InlineData("Bulk:example.org")]
    [InlineData("b lk:example.org")]
    [InlineData("ab:cd:example.org")]
    [InlineData("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa:example.org")]
    public void Other_text_is_refused(string? text)
    {
        Assert.False(QueueKey.TryParse(text, out var key));
        Assert.Equal("", key.Value);
    }

    [Theory]
    [InlineData("")]
    [InlineData("a:b")]
    [InlineData("Größe")]
    public void An_invalid_stream_throws(string stream) =>
        Assert.Throws<ArgumentException>(() => QueueKey.For(stream, Parse("example.org")));

    [Fact]
    public void Hostile_text_never_throws_and_normalises_once() =>
        Gen.Select(Gen.OneOf("", "default:", "bulk:"), AddressGen.Hostile).Sample((stream, text) =>
        {
            if (!QueueKey.TryParse(stream + text, out var key)) return;
            Assert.True(QueueKey.TryParse(key.Value, out var again));
            Assert.Equal(key, again);
        }, iter: 10_000);

    [Fact]
    public void The_default_value_is_empty()
    {
        Assert.Equal("", default(QueueKey).Stream);
        Assert.Equal("", default(QueueKey).Domain);
    }

    private static DomainName Parse(string text) => DomainName.TryParse(text, out var domain) ? domain : throw new FormatException(text);
}
