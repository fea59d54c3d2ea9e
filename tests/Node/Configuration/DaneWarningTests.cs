using Xunit;

namespace Postfleet.Node.Tests.Configuration;

/// <summary>DANE without a resolver whose word is trusted has no effect.</summary>
public sealed class DaneWarningTests : IDisposable
{
    private readonly Sources _sources = new();

    public void Dispose() => _sources.Dispose();

    [Theory]
    [InlineData("--Delivery:Tls:Dane=true --Dns:Servers:0=192.0.2.53", true)]
    [InlineData("--Delivery:Tls:Dane=true --Dns:Servers:0=192.0.2.53 --Dns:TrustedServers:0=192.0.2.53", false)]
    [InlineData("--Delivery:Tls:Dane=true --Dns:Servers:0=127.0.0.53", false)]
    [InlineData("--Delivery:Tls:Dane=false --Dns:Servers:0=192.0.2.53", false)]
    public void A_resolver_that_is_not_trusted_is_warned_of(string arguments, bool isWarned)
    {
        _sources.Arguments.AddRange(arguments.Split(' '));
        var warnings = _sources.Load().Loaded!.Warnings;
        Assert.Equal(isWarned, warnings.Any(line => line.StartsWith("Delivery:Tls:Dane is true, and no DNS", StringComparison.Ordinal)));
    }
}
