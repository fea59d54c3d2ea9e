using System.Text;
using CsCheck;
using Postfleet.Core.Mail;
using Postfleet.Frontend.Protocol;
using Postfleet.Frontend.Tests.Fixtures;
using Xunit;

namespace Postfleet.Frontend.Tests.Protocol;

public sealed class PathParserTests
{
    [Theory]
    [InlineData("FROM:<a@x.test>", "a@x.test", "")]
    [InlineData("from:<A@X.Test.>", "A@x.test", "")]
    [InlineData("FROM: <a@x.test>", "a@x.test", "")]
    [InlineData("FROM:<a@x.test> SIZE=1", "a@x.test", "SIZE=1")]
    [InlineData("FROM:<a@x.test>  SIZE=1  BODY=7BIT ", "a@x.test", "SIZE=1  BODY=7BIT")]
    [InlineData("FROM:<@one.test,@two.test:a@x.test>", "a@x.test", "")]
    [InlineData("FROM:<@[IPv6:2001:db8::1]:a@x.test>", "a@x.test", "")]
    [InlineData("FROM:<\"a b\"@x.test>", "\"a b\"@x.test", "")]
    [InlineData("FROM:<\"a>b\"@x.test> SIZE=1", "\"a>b\"@x.test", "SIZE=1")]
    [InlineData("FROM:<\"a\\\"> b\"@x.test>", "\"a\\\"> b\"@x.test", "")]
    [InlineData("FROM:<\"a@b\"@x.test>", "\"a@b\"@x.test", "")]
    [InlineData("FROM:<a+tag=x/y@x.test>", "a+tag=x/y@x.test", "")]
    [InlineData("FROM:<a@[192.0.2.1]>", "a@[192.0.2.1]", "")]
    public void Paths_are_read(string argument, string address, string parameters)
    {
        Assert.Equal(PathResult.Mailbox, Parse(argument, out var mailbox, out var rest));
        Assert.Equal(address, mailbox?.Address);
        Assert.Equal(parameters, rest);
    }

    [Theory]
    [InlineData("")]
    [InlineData("FROM")]
    [InlineData("FROM:")]
    [InlineData("FROM:a@x.test")]
    [InlineData("FROM:<a@x.test")]
    [InlineData("FROM:a@x.test>")]
    [InlineData("FROM:<a>")]
    [InlineData("FROM:<@x.test>")]
    [InlineData("FROM:<a@>")]
    [InlineData("FROM:<a@x.test>SIZE=1")]
    [InlineData("FROM:<a b@x.test>")]
    [InlineData("FROM:<a..b@x.test>")]
    [InlineData("FROM:<a@x..test>")]
    [InlineData("FROM:<a@-x.test>")]
    [InlineData("FROM:<a@x_.test\0>")]
    [InlineData("FROM:<\"a@x.test>")]
    [InlineData("FROM:<<a@x.test>>")]
    [InlineData("FROM:<a@[300.0.0.1]>")]
    [InlineData("FROM:<@one.test>")]
    [InlineData("TO:<a@x.test>")]
    public void Malformed_paths_are_invalid(string argument) => Assert.Equal(PathResult.Invalid, Parse(argument, out _, out _));

    [Theory]
    [InlineData("FROM:<>", "")]
    [InlineData("FROM:<> SIZE=1", "SIZE=1")]
    public void The_null_path_is_recognised(string argument, string parameters)
    {
        Assert.Equal(PathResult.Null, Parse(argument, out _, out var rest));
        Assert.Equal(parameters, rest);
    }

    [Fact]
    public void Postmaster_without_a_domain_is_recognised() =>
        Assert.Equal(PathResult.Postmaster, Parse("FROM:<PostMaster>", out _, out _));

    [Fact]
    public void Octets_above_127_are_parsed_as_utf_8()
    {
        Assert.Equal(PathResult.Invalid, Parse("FROM:<j\xf6rg@x.test>", out _, out _));
        Assert.Equal(PathResult.Mailbox, Parse("FROM:<j\u00c3\u00b6rg@b\u00c3\u00bccher.test>", out var mailbox, out _));
        Assert.Equal("j\u00f6rg@xn--bcher-kva.test", mailbox?.Address);
        Assert.False(mailbox!.IsAscii);
    }

    [Fact]
    public void Addresses_above_254_octets_are_too_long()
    {
        var local = new string('l', Mailbox.MaxAddressLength - "@x.test".Length);
        Assert.Equal(PathResult.Mailbox, Parse($"FROM:<{local}@x.test>", out _, out _));
        Assert.Equal(PathResult.TooLong, Parse($"FROM:<{local}l@x.test>", out _, out _));
        var domain = string.Join('.', Enumerable.Repeat(new string('d', 60), 4));
        Assert.Equal(PathResult.TooLong, Parse($"FROM:<{new string('l', 12)}@{domain}>", out _, out _));
    }

    [Theory]
    [InlineData(1, 60, 1, nameof(PathResult.LongDomain))]
    [InlineData(1, 1, 40, nameof(PathResult.LongDomain))]
    [InlineData(14, 1, 30, nameof(PathResult.Mailbox))]
    [InlineData(15, 1, 30, nameof(PathResult.TooLong))]
    public void Lengths_are_measured_in_a_labels(int local, int perLabel, int labels, string expected)
    {
        var domain = string.Join('.', Enumerable.Repeat(new string('ü', perLabel), labels));
        var argument = Encoding.Latin1.GetString(Encoding.UTF8.GetBytes($"FROM:<{new string('l', local)}@{domain}>"));
        Assert.Equal(expected, Parse(argument, out _, out _).ToString());
    }

    [Theory]
    [InlineData("FROM:a@x.test", "a@x.test", "")]
    [InlineData("FROM: a@x.test SIZE=10", "a@x.test", "SIZE=10")]
    [InlineData("FROM:<a..b@x.test>", "\"a..b\"@x.test", "")]
    [InlineData("FROM:<a.@x.test> BODY=7BIT", "\"a.\"@x.test", "BODY=7BIT")]
    [InlineData("FROM:<.a@x.test>", "\".a\"@x.test", "")]
    [InlineData("FROM:a..b@x.test", "\"a..b\"@x.test", "")]
    public void Lenient_parsing_accepts_missing_brackets_and_misplaced_dots(string argument, string address, string parameters)
    {
        Assert.Equal(PathResult.Invalid, Parse(argument, out _, out _));
        Assert.Equal(PathResult.Mailbox, PathParser
            .Parse(Encoding.Latin1.GetBytes(argument), "FROM:"u8, isLenient: true, out var mailbox, out var rest));
        Assert.Equal(address, mailbox!.Address);
        Assert.Equal(parameters, Encoding.Latin1.GetString(rest));
    }

    [Theory]
    [InlineData("FROM:")]
    [InlineData("FROM:a")]
    [InlineData("FROM:@x.test")]
    [InlineData("FROM:a b@x.test")]
    [InlineData("FROM:<a b@x.test")]
    [InlineData("FROM:<a\tb@x.test>")]
    public void Lenient_parsing_refuses_other_errors(string argument) => Assert.NotEqual(
        PathResult.Mailbox, PathParser.Parse(Encoding.Latin1.GetBytes(argument), "FROM:"u8, isLenient: true, out _, out _));

    [Fact]
    public void Any_input_is_parsed_without_exception_and_parsed_addresses_round_trip() =>
        Generators.TextOf(14, "FROM:", "<", ">", "@", "\"", "\\", ":", ",", "[", "]", " ", "a", ".", "x.test", "\0", "\xff", "IPv6:", "::1")
            .Sample(text =>
            {
                if (Parse(text, out var mailbox, out _) != PathResult.Mailbox) return;
                Assert.Equal(PathResult.Mailbox, Parse($"FROM:<{mailbox!.Address}>", out var again, out _));
                Assert.Equal(mailbox.Address, again!.Address);
            });

    private static PathResult Parse(string argument, out Mailbox? mailbox, out string parameters)
    {
        var result = PathParser.Parse(Encoding.Latin1.GetBytes(argument), "FROM:"u8, isLenient: false, out mailbox, out var rest);
        parameters = Encoding.Latin1.GetString(rest);
        return result;
    }
}
