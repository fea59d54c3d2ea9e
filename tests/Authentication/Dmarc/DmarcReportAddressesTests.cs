using Postfleet.Authentication.Dmarc;
using Postfleet.Authentication.Dmarc.Reports;
using Postfleet.Testing;
using Xunit;

namespace Postfleet.Authentication.Tests.Dmarc;

/// <summary>RFC 9990, section about external destinations.</summary>
public sealed class DmarcReportAddressesTests
{
    private readonly ZoneDns _zone = new ZoneDns().Text("_dmarc.example.com", "v=DMARC1; p=none");

    [Theory]
    [InlineData("mailto:a@example.com", "a@example.com")]
    [InlineData("mailto:a@Reports.Example.com,mailto:b@example.com!5m", "a@reports.example.com b@example.com")]
    [InlineData("MAILTO:a%2Bb@example.com?subject=x", "a+b@example.com")]
    [InlineData("https://example.com/report, mailto:a@[192.0.2.1], mailto:@example.com, mailto:a@b@example.com", "")]
    [InlineData("mailto:a%0D%0Ax@example.com, mailto:a%20b@example.com", "")]
    [InlineData("mailto:a@example.net", "")]
    public async Task Addresses_of_the_own_organization_need_no_confirmation(string list, string expected) =>
        Assert.Equal(expected, await FindAsync(list));

    [Theory]
    [InlineData("v=DMARC1", "a@red.example.net")]
    [InlineData("v=DMARC1;", "a@red.example.net")]
    [InlineData("v=DMARC1; rua=mailto:b@red.example.net", "b@red.example.net")]
    [InlineData("v=DMARC1; rua=mailto:b@victim.example", "")]
    [InlineData("v=DMARC1; rua=mailto:b@red.example.net,mailto:b@example.net", "")]
    [InlineData("v=DMARC2", "")]
    [InlineData("yes", "")]
    public async Task Other_organizations_confirm_that_they_want_reports(string confirmation, string expected)
    {
        _zone.Text("example.com._report._dmarc.red.example.net", confirmation);
        Assert.Equal(expected, await FindAsync("mailto:a@red.example.net"));
    }

    [Fact]
    public async Task A_failed_confirmation_may_be_repeated()
    {
        _zone.Failing("example.com._report._dmarc.red.example.net");
        var found = await new DmarcReportAddresses(_zone)
            .FindAsync("example.com", Record("mailto:a@red.example.net"), CancellationToken.None);
        Assert.Equal((false, 0), (found.IsComplete, found.Addresses.Length));
    }

    [Fact]
    public async Task The_number_of_addresses_is_bounded()
    {
        var list = string.Join(',', Enumerable.Range(0, 20).Select(i => $"mailto:a@h{i}.example.net"));
        for (var i = 0; i < 20; i++) _zone.Text($"example.com._report._dmarc.h{i}.example.net", "v=DMARC1");
        Assert.Equal(DmarcReportAddresses.MaxAddresses, (await FindAsync(list)).Split(' ').Length);
        Assert.InRange(_zone.Queries.Count, 1, 40);
    }

    private async Task<string> FindAsync(string list) => string.Join(
        ' ', (await new DmarcReportAddresses(_zone).FindAsync("example.com", Record(list), CancellationToken.None)).Addresses);

    private static DmarcRecord Record(string list) => DmarcRecord.Parse($"v=DMARC1; p=none; rua={list}")!;
}
