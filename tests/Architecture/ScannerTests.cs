using Postfleet.Architecture.Tests.Scanning;
using Xunit;

namespace Postfleet.Architecture.Tests;

/// <summary>
/// The scan finds violations, also in lambdas, async bodies, generic calls and signatures: shown on code with violations of the rules.
/// </summary>
public sealed class ScannerTests
{
    private static readonly ScannedAssembly Own = ScannedAssembly.Of(typeof(ScannerTests).Assembly.Location);

    [Theory]
    [InlineData(nameof(Offences.Sleeps))]
    [InlineData(nameof(Offences.Waits))]
    [InlineData(nameof(Offences.TakesTheResult))]
    [InlineData(nameof(Offences.TakesTheValueTasksResult))]
    [InlineData(nameof(Offences.GetsTheResult))]
    [InlineData(nameof(Offences.GetsTheResultInALambda))]
    [InlineData(nameof(Offences.GetsTheResultBetweenAwaitsAsync))]
    public void Blocking_is_found(string method) => Assert.Contains(MethodsOf(method), Rules.Blocks);

    [Theory]
    [InlineData(nameof(Offences.AwaitsAsync))]
    [InlineData(nameof(Offences.TakesAResultThatIsThere))]
    public void Awaiting_is_not_blocking(string method)
    {
        Assert.NotEmpty(MethodsOf(method));
        Assert.DoesNotContain(MethodsOf(method), Rules.Blocks);
    }

    [Fact]
    public void A_clock_is_found() =>
        Assert.Contains(MethodsOf(nameof(Offences.ReadsTheClockInALambda)), method => method.Uses.Any(Rules.ReadsTheClock));

    [Fact]
    public void Types_are_found_in_fields_signatures_bodies_and_type_arguments()
    {
        var references = Own.Types.Single(type => type.Name == typeof(Offences).FullName).References;
        Assert.Contains("System.Net.Sockets.Socket", references);
        Assert.Contains("System.Net.Sockets.NetworkStream", references);
        Assert.Contains("System.IO.File", references);
        Assert.Contains("System.IO.FileInfo", references);
        Assert.Equal(4, references.Count(Rules.IsIo));
    }

    // The compiler names lambdas and async bodies after the method around them.
    private static IEnumerable<ScannedMethod> MethodsOf(string name) =>
        Own.Methods.Where(method => method.Type == typeof(Offences).FullName
            && (method.Name == name || method.Name.Contains($"<{name}>", StringComparison.Ordinal)));
}
