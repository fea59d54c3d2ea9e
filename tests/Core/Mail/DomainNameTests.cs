using System.Net;
using CsCheck;
using Postfleet.Core.Mail;
using Postfleet.Testing.Generators;
using Xunit;

namespace Postfleet.Core.Tests.Mail;

public sealed class DomainNameTests
{
    [Theory]
    [InlineData(62, false)]
    [InlineData(63, false)]
    [InlineData(64, true)]
    public void A_label_too_long_is_found(int length, bool isTooLong) =>
        Assert.Equal(isTooLong, DomainName.IsTooLong($"{new string('a', length)}.example"));

    [Theory]
    [InlineData("")]
    [InlineData("[192.0.2.1]")]
    [InlineData("a b.example")]
    [InlineData("bücher.example.")]
    public void A_domain_with_another_fault_is_not_too_long(string text) => Assert.False(DomainName.IsTooLong(text));

    // The framework's encoder, which accepts at most 63 octets, is the reference.
    [Fact]
    public void Lengths_of_A_labels_agree_with_the_encoder() =>
        Gen.Int[1, 0x2fff].Where(c => c is < 0xd800 or > 0xdfff).Select(c => (char)c).Array[1, 40].Select(chars => new string(chars))
            .Sample(text =>
        {
            if (DomainName.TryParse(text, out var domain)) Assert.False(DomainName.IsTooLong(text), domain.Value);
        });

    [Fact]
    public void A_name_too_long_only_as_A_labels_is_refused()
    {
        var label = new string('ü', 12);
        Assert.False(DomainName.TryParse(string.Join('.', Enumerable.Repeat(label, 15)), out _));
        for (var labels = 1; labels < 20; labels++)
        {
            var text = string.Join('.', Enumerable.Repeat(label, labels));
            Assert.Equal(!DomainName.TryParse(text, out _), DomainName.IsTooLong(text));
        }

        for (var length = 1; length < 70; length++)
        {
            foreach (var c in "ü例ж")
            {
                var text = new string(c, length);
                Assert.Equal(!DomainName.TryParse(text, out _), DomainName.IsTooLong(text));
            }
        }
    }

    [Theory]
    [InlineData("Example.ORG", "example.org")]
    [InlineData("example.org.", "example.org")]
    [InlineData("localhost", "localhost")]
    [InlineData("_dmarc.example.org", "_dmarc.example.org")]
    [InlineData("bücher.example", "xn--bcher-kva.example")]
    [InlineData("BÜCHER.example", "xn--bcher-kva.example")]
    [InlineData("bu\u0308cher.example", "xn--bcher-kva.example")]
    [InlineData("BU\u0308CHER.example", "xn--bcher-kva.example")]
    [InlineData("XN--BCHER-KVA.example", "xn--bcher-kva.example")]
    [InlineData("例え。テスト", "xn--r8jz45g.xn--zckzah")]
    [InlineData("[192.0.2.1]", "[192.0.2.1]")]
    [InlineData("[IPv6:2001:DB8:0:0::1]", "[ipv6:2001:db8::1]")]
    [InlineData("[ipv6:::ffff:192.0.2.1]", "[ipv6:::ffff:192.0.2.1]")]
    public void Domain_names_are_normalised(string text, string expected)
    {
        Assert.True(DomainName.TryParse(text, out var domain));
        Assert.Equal(expected, domain.Value);
    }

    [Theory]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("..")]
    [InlineData("example..org")]
    [InlineData(".example.org")]
    [InlineData("example.org..")]
    [InlineData("-example.org")]
    [InlineData("example-.org")]
    [InlineData("exa mple.org")]
    [InlineData("example.org\r\nRCPT TO:<x>")]
    [InlineData("a@b")]
    [InlineData("[")]
    [InlineData("[]")]
    [InlineData("[192.0.2.1")]
    [InlineData("[192.0.2]")]
    [InlineData("[192.0.2.256]")]
    [InlineData("[010.0.0.1]")]
    [InlineData("[0x7f.0.0.1]")]
    [InlineData("[2001:db8::1]")]
    [InlineData("[IPv6:192.0.2.1]")]
    [InlineData("[IPv6:fe80::1%eth0]")]
    [InlineData("[IPv6:fe80::1%1]")]
    [InlineData("[IPv6:[::1]]")]
    [InlineData("[IPv6:[::1]:25]")]
    [InlineData("[IPv6:::1/64]")]
    [InlineData("[IPv6:]")]
    [InlineData("\ufffd.example")]
    [InlineData("a\u0085b.example")]
    [InlineData("a\u00a0b.example")]
    [InlineData("a\u2028b.example")]
    [InlineData("\ue000.example")]
    public void Invalid_names_are_refused(string text)
    {
        Assert.False(DomainName.TryParse(text, out var domain));
        Assert.Equal("", domain.Value);
    }

    [Fact]
    public void Length_has_the_limit_of_the_dns()
    {
        var label = new string('a', 63);
        var longest = $"{label}.{label}.{label}.{new string('b', 61)}";
        Assert.Equal(DomainName.MaxLength, longest.Length);
        Assert.True(DomainName.TryParse(longest, out _));
        Assert.True(DomainName.TryParse(longest + ".", out _));
        Assert.False(DomainName.TryParse(longest + "b", out _));
        Assert.False(DomainName.TryParse(new string('a', 64) + ".example", out _));
    }

    [Fact]
    public void Normalising_twice_changes_nothing_more() =>
        Gen.OneOf(AddressGen.Name, AddressGen.Literal, AddressGen.Hostile).Sample(text =>
        {
            if (!DomainName.TryParse(text, out var once)) return;
            Assert.True(DomainName.TryParse(once.Value, out var twice), once.Value);
            Assert.Equal(once, twice);
        }, iter: 20_000);

    [Fact]
    public void A_parsed_domain_is_ascii_lower_case_and_bounded() =>
        AddressGen.Hostile.Sample(text =>
        {
            if (!DomainName.TryParse(text, out var domain)) return;
            Assert.InRange(domain.Value.Length, 1, DomainName.MaxLength);
            Assert.DoesNotMatch("[^a-z0-9._:\\[\\]-]", domain.Value);
            Assert.Equal(domain.IsAddressLiteral, domain.TryGetAddress(out _));
        }, iter: 20_000);

    [Fact]
    public void Letter_case_does_not_change_a_domain() =>
        AddressGen.Name.Sample(text =>
        {
            var parsed = DomainName.TryParse(text, out var domain);
            Assert.Equal(parsed, DomainName.TryParse(text.ToLowerInvariant(), out var lower));
            Assert.Equal(lower, domain);
        }, iter: 5_000);

    [Fact]
    public void A_literal_returns_its_address() =>
        Gen.OneOf(Gen.Byte.Array[4], Gen.Byte.Array[16]).Sample(octets =>
        {
            var address = new IPAddress(octets);
            Assert.True(DomainName.TryParse(octets.Length == 4 ? $"[{address}]" : $"[IPv6:{address}]", out var domain));
            Assert.True(domain.TryGetAddress(out var read));
            Assert.Equal(address, read);
        }, iter: 5_000);

    [Fact]
    public void The_default_value_is_empty_and_no_literal()
    {
        Assert.Equal("", default(DomainName).Value);
        Assert.False(default(DomainName).IsAddressLiteral);
        Assert.False(default(DomainName).TryGetAddress(out _));
        Assert.False(DomainName.TryParse(null, out _));
    }
}
