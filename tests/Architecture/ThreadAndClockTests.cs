using Postfleet.Architecture.Tests.Scanning;
using Xunit;

namespace Postfleet.Architecture.Tests;

/// <summary>No thread is blocked, and all time comes from a TimeProvider.</summary>
public sealed class ThreadAndClockTests
{
    public static TheoryData<string> Modules => [.. Repository.Modules];

    [Theory]
    [MemberData(nameof(Modules))]
    public void Nothing_blocks_a_thread(string module) =>
        Assert.Empty(ScannedAssembly.Of(Repository.AssemblyPath(module)).Methods.Where(Rules.Blocks).Select(method => method.ToString()));

    [Theory]
    [MemberData(nameof(Modules))]
    public void Nothing_reads_the_clock_past_the_time_provider(string module) =>
        Assert.Empty(ScannedAssembly.Of(Repository.AssemblyPath(module)).Methods
            .Where(method => method.Uses.Any(Rules.ReadsTheClock)).Select(method => method.ToString()));
}
