using System.Text;
using CsCheck;
using Postfleet.Core.Mail;
using Postfleet.Testing.Generators;
using Xunit;

namespace Postfleet.Core.Tests.Mail;

public sealed class MailboxTests
{
    [Theory]
    [InlineData("user@example.org", "user", "example.org")]
    [InlineData("User.Name+tag@Example.ORG", "User.Name+tag", "example.org")]
    [InlineData("!#$%&'*+-/=?^_`{|}~@x", "!#$%&'*+-/=?^_`{|}~", "x")]
    [InlineData("\"a b\"@example.org", "\"a b\"", "example.org")]
    [InlineData("\"a@b\"@example.org", "\"a@b\"", "example.org")]
    [InlineData("\"a\\\"b\\\\\"@example.org", "\"a\\\"b\\\\\"", "example.org")]
    [InlineData("\"\"@example.org", "\"\"", "example.org")]
    [InlineData("user@[IPv6:::1]", "user", "[ipv6:::1]")]
    [InlineData("δοκιμή@παράδειγμα.example", "δοκιμή", "xn--hxajbheg2az3al.example")]
    [InlineData("📫@example.org", "📫", "example.org")]
    public void Addresses_are_read(string text, string local, string domain)
    {
        Assert.True(Mailbox.TryParse(text, out var mailbox));
        Assert.Equal(local, mailbox.LocalPart);
        Assert.Equal(domain, mailbox.Domain.Value);
        Assert.Equal($"{local}@{domain}", mailbox.Address);
        Assert.Equal(mailbox, Mailbox.Parse(mailbox.Address));
    }

    [Theory]
    [InlineData("")]
    [InlineData("@")]
    [InlineData("user")]
    [InlineData("user@")]
    [InlineData("@example.org")]
    [InlineData("a@b@example.org")]
    [InlineData(".user@example.org")]
    [InlineData("user.@example.org")]
    [InlineData("us..er@example.org")]
    [InlineData("us er@example.org")]
    [InlineData("us\u0000er@example.org")]
    [InlineData("us\u0085er@example.org")]
    [InlineData("us\ufffder@example.org")]
    [InlineData("\"user@example.org")]
    [InlineData("\"us\"er\"@example.org")]
    [InlineData("\"user\\\"@example.org")]
    [InlineData("\"us\rer\"@example.org")]
    [InlineData("\"us\\\u00e9er\"@example.org")]
    [InlineData("<user@example.org>")]
    [InlineData("user@example.org ")]
    public void Invalid_addresses_are_refused(string text)
    {
        Assert.False(Mailbox.TryParse(text, out var mailbox));
        Assert.Null(mailbox);
        Assert.Throws<FormatException>(() => Mailbox.Parse(text));
    }

    [Fact]
    public void Unpaired_surrogates_are_refused()
    {
        // Not as inline data: an attribute's text is stored as UTF-8, which replaces them.
        string[] halves = ["\ud800", "\udc00", "\udc00\ud800"];
        Assert.All(halves, half => Assert.False(Mailbox.TryParse($"us{half}er@example.org", out _)));
        Assert.All(halves, half => Assert.False(Mailbox.TryParse($"\"us{half}er\"@example.org", out _)));
        Assert.All(halves, half => Assert.False(Mailbox.TryParse($"user@us{half}er.example", out _)));
    }

    [Fact]
    public void The_local_part_is_limited_by_the_address_only()
    {
        Assert.True(Mailbox.TryParse("SRS0=abcd=xy=" + new string('a', 90) + "=user@x", out _));
        Assert.True(Mailbox.TryParse(new string('a', 252) + "@x", out _));
        Assert.False(Mailbox.TryParse(new string('a', 253) + "@x", out _));
        // Octets count, not characters: "é" takes two.
        Assert.True(Mailbox.TryParse(new string('é', 126) + "@x", out _));
        Assert.False(Mailbox.TryParse(new string('é', 127) + "@x", out _));
    }

    [Fact]
    public void An_address_has_at_most_254_octets()
    {
        var domain = $"{new string('d', 63)}.{new string('d', 63)}.{new string('d', 61)}";
        Assert.True(Mailbox.TryParse($"{new string('a', 64)}@{domain}", out var longest));
        Assert.Equal(Mailbox.MaxAddressLength, longest.Address.Length);
        Assert.False(Mailbox.TryParse($"{new string('a', 64)}@{domain}d", out _));
    }

    [Fact]
    public void An_address_is_measured_in_its_sent_form()
    {
        // 240 characters as written, but more than 254 octets with the domain as A-labels.
        var domain = string.Join('.', Enumerable.Repeat(new string('ü', 25), 9));
        Assert.False(Mailbox.TryParse($"user@{domain}", out _));
    }

    [Fact]
    public void A_parsed_mailbox_is_bounded_and_clean_and_parses_back_the_same() =>
        Gen.Select(AddressGen.Hostile, Gen.OneOf("@", ""), AddressGen.Hostile).Sample((local, at, domain) =>
        {
            if (!Mailbox.TryParse(local + at + domain, out var mailbox)) return;
            Assert.InRange(Encoding.UTF8.GetByteCount(mailbox.LocalPart), 1, Mailbox.MaxAddressLength - 2);
            Assert.InRange(Encoding.UTF8.GetByteCount(mailbox.Address), 3, Mailbox.MaxAddressLength);
            Assert.DoesNotContain(mailbox.Address, char.IsControl);
            Assert.Equal(mailbox.Address, Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(mailbox.Address)));
            Assert.Equal(mailbox, Mailbox.Parse(mailbox.Address));
        }, iter: 20_000);

    [Fact]
    public void Well_quoted_content_is_read() =>
        Gen.Char[' ', '~'].Array[0, 30].Sample(content =>
        {
            var quoted = string.Concat(content.Select(c => c is '"' or '\\' ? $"\\{c}" : $"{c}"));
            var local = $"\"{quoted}\"";
            Assert.True(Mailbox.TryParse($"{local}@example.org", out var mailbox));
            Assert.Equal(local, mailbox.LocalPart);
        }, iter: 5_000);
}
