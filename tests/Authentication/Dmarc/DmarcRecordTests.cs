using Postfleet.Authentication.Dmarc;
using Xunit;

namespace Postfleet.Authentication.Tests.Dmarc;

/// <summary>RFC 9989 sections 4.6 to 4.8.</summary>
public sealed class DmarcRecordTests
{
    [Theory]
    [InlineData("mailto:a@example.com", "mailto:a@example.com")]
    [InlineData(" mailto:a@example.com , https://example.com/r ", "mailto:a@example.com https://example.com/r")]
    [InlineData("mailto:a@example.com!10m,mailto:b@example.com!1", "mailto:a@example.com mailto:b@example.com")]
    [InlineData("a@example.com, /path, mailto:, ,:, mailto:c@example.com", "mailto:c@example.com")]
    [InlineData("mailto:a b@example.com", "")]
    [InlineData("", "")]
    public void Addresses_are_a_list_of_uris(string list, string expected)
    {
        Assert.Equal(expected, string.Join(' ', DmarcRecord.Parse($"v=DMARC1; p=none; rua={list}")!.AggregateReports));
        Assert.Equal(expected, string.Join(' ', DmarcRecord.Parse($"v=DMARC1; ruf={list}; p=none")!.FailureReports));
    }

    [Fact]
    public void The_number_of_addresses_is_bounded()
    {
        var list = string.Join(',', Enumerable.Range(0, 300).Select(i => $"mailto:a{i}@b.c"));
        Assert.Equal(DmarcRecord.MaxAddresses, DmarcRecord.Parse($"v=DMARC1; rua={list}")!.AggregateReports.Length);
    }

    [Theory]
    [InlineData("0", "0")]
    [InlineData("1:d:s", "1:d:s")]
    [InlineData("D:S", "d:s")]
    [InlineData("0:1", "0")]
    [InlineData("d:d", "0")]
    [InlineData("x", "0")]
    [InlineData("", "0")]
    [InlineData("0:d:s:0:d:s", "0")]
    public void Failure_options_are_checked(string options, string expected) =>
        Assert.Equal(expected, DmarcRecord.Parse($"v=DMARC1; p=none; fo={options}")!.FailureOptions);

    [Theory]
    [InlineData("v=DMARC1", true)]
    [InlineData("V=DMARC1;", true)]
    [InlineData("v\t=\tDMARC1\t;", true)]
    [InlineData(" v=DMARC1", false)]
    [InlineData("v=DMARC1 p=none", false)]
    [InlineData("v=DMARC1\0;", false)]
    [InlineData("v", false)]
    [InlineData("", false)]
    [InlineData(";v=DMARC1", false)]
    [InlineData("=DMARC1", false)]
    public void A_record_begins_with_its_version(string text, bool isRecord) => Assert.Equal(isRecord, DmarcRecord.Parse(text) is not null);

    [Fact]
    public void The_first_of_repeated_tags_is_used() =>
        Assert.Equal(DmarcPolicy.Quarantine, DmarcRecord.Parse("v=DMARC1; p=quarantine; p=reject")!.Policy);

    [Fact]
    public void An_overlong_record_is_no_record()
    {
        var text = "v=DMARC1; p=reject; x=".PadRight(DmarcRecord.MaxLength, 'x');
        Assert.Equal(DmarcPolicy.Reject, DmarcRecord.Parse(text)!.Policy);
        Assert.Null(DmarcRecord.Parse(text + "x"));
    }
}
