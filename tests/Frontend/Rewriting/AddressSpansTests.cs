using System.Text;
using CsCheck;
using MimeKit;
using Postfleet.Frontend.Rewriting;
using Xunit;

namespace Postfleet.Frontend.Tests.Rewriting;

public sealed class AddressSpansTests
{
    // Words around addresses, as people and programs write them.
    private static readonly string[] Names =
        ["", "Ann ", "\"Last, First\" ", "\"a <x@y.test> \\\" b\" ", "=?utf-8?q?=C3=A4_=2C?= ", "Ann (of, Rome) B. ", "\r\n\tAnn\r\n "];

    private static readonly string[] Addresses =
        ["a@b.test", "a.b+c@b.test", "\"a b\"@b.test", "\"a,<b>\"@b.test", "a@[192.0.2.1]", "A@B.Test", "\u00e4@b.test"];

    private static readonly string[] Tails = ["", " (note)", " (a (b, c) \\) d)", "\r\n (x@y.test)", " "];

    [Theory]
    [InlineData(" a@b.test\r\n", "a@b.test")]
    [InlineData(" Ann <a@b.test>, b@c.test\r\n", "a@b.test|b@c.test")]
    [InlineData(" \"x@y.test\" <a@b.test> (z@y.test)\r\n", "a@b.test")]
    [InlineData(" =?utf-8?q?x@y.test?= < a@b.test >\r\n", "a@b.test")]
    [InlineData(" Team: a@b.test, Bob <b@c.test>;, c@d.test\r\n", "a@b.test|b@c.test|c@d.test")]
    [InlineData(" undisclosed-recipients:;\r\n", "")]
    [InlineData(" <@x.test,@y.test:a@b.test>\r\n", "a@b.test")]
    [InlineData(" \"a@b\"@c.test,\r\n\t(x) <\"d,e\"@f.test> (y)\r\n", "\"a@b\"@c.test|\"d,e\"@f.test")]
    [InlineData(" a@[IPv6:::1], <b@[192.0.2.1]>\r\n", "a@[IPv6:::1]|b@[192.0.2.1]")]
    // White space or comments inside of an address.
    [InlineData(" a @ b.test, c@d.test\r\n", "c@d.test")]
    [InlineData(" a(x)@b.test\r\n", "")]
    [InlineData(" a@b.\r\n test\r\n", "")]
    // What follows a fault is left out.
    [InlineData(" a@b.test, \"x <c@d.test>\r\n", "a@b.test")]
    [InlineData(" a@b.test, (x <c@d.test>\r\n", "a@b.test")]
    [InlineData(" a@b.test, <c@d.test>, <e@f.test\r\n", "a@b.test|c@d.test")]
    [InlineData(" <a@b.test><c@d.test>\r\n", "")]
    [InlineData(" a@b.test>, c@d.test\r\n", "")]
    [InlineData("\r\n", "")]
    public void Addresses_are_found(string value, string addresses) => Assert.Equal(addresses, string.Join('|', Find(value)));

    [Fact]
    public void The_number_of_addresses_is_bounded() =>
        Assert.Equal(3, AddressSpans.Find(Encoding.ASCII.GetBytes(string.Join(',', Enumerable.Repeat("a@b.test", 10))), 3).Count);

    [Fact]
    public void Addresses_are_those_that_another_reader_finds() => Gen.Select(
            Gen.Int[0, Names.Length - 1], Gen.Int[0, Addresses.Length - 1], Gen.Int[0, Tails.Length - 1], Gen.Bool)
        .Array[1, 6].Sample(parts =>
        {
            var list = parts.Select(part => (Names[part.Item1], part.Item4) is ("", true)
                ? $"{Addresses[part.Item2]}{Tails[part.Item3]}" : $"{Names[part.Item1]}<{Addresses[part.Item2]}>{Tails[part.Item3]}");
            var value = $" {string.Join(",", list)}\r\n";
            Assert.Equal(parts.Select(part => Addresses[part.Item2]), Find(value));
            Assert.True(InternetAddressList.TryParse(value.Trim(), out var other));
            Assert.Equal(other.Mailboxes.Count(), parts.Length);
        });

    private static IEnumerable<string> Find(string value)
    {
        var octets = Encoding.UTF8.GetBytes(value);
        return AddressSpans.Find(octets, 100).Select(span => Encoding.UTF8.GetString(octets[span]));
    }
}
