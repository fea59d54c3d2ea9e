using Xunit;
using Xunit.Abstractions;

namespace Postfleet.Authentication.Tests.Dmarc;

/// <summary>The tables of <see cref="DmarcCases"/>.</summary>
public sealed class DmarcCaseTests(ITestOutputHelper output)
{
    public static TheoryData<DmarcCase> Records => DmarcCases.Records;

    public static TheoryData<DmarcCase> Discovery => DmarcCases.Discovery;

    public static TheoryData<DmarcCase> Alignment => DmarcCases.Alignment;

    [Theory]
    [MemberData(nameof(Records))]
    [MemberData(nameof(Discovery))]
    [MemberData(nameof(Alignment))]
    public async Task A_message_is_evaluated_as_the_rfc_says(DmarcCase each)
    {
        var actual = DmarcCase.Describe(await each.EvaluateAsync());
        output.WriteLine($"RFC 9989 {each}: {actual}");
        Assert.StartsWith(each.Expected + " ", actual + " ", StringComparison.Ordinal);
    }

    [Fact]
    public void There_are_at_least_sixty_cases()
    {
        var count = new IEnumerable<object[]>[] { Records, Discovery, Alignment }.Sum(table => table.Count());
        output.WriteLine($"DMARC: {count} cases from RFC 9989");
        Assert.True(count >= 60, $"{count} cases");
    }
}
