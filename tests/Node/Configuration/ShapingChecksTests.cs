using Xunit;

namespace Postfleet.Node.Tests.Configuration;

/// <summary>The error lines for entries of <c>Providers</c> and <c>Destinations</c>.</summary>
public sealed class ShapingChecksTests : IDisposable
{
    private readonly Sources _sources = new();

    public void Dispose() => _sources.Dispose();

    [Theory]
    [InlineData("MaxConnections", "3", "Hours, Tls, MaxRecipientsPerTransaction, MaxSize, since the other limits are of connections, "
        + "which all domains of a site share")]
    [InlineData("Tls", "none", "require, verify or null, since the domains of a site share its connections")]
    public void A_domain_sets_no_limit_of_connections(string key, string value, string allowed)
    {
        _sources.Arguments.AddRange(["--Destinations:0:Domain=example.org", $"--Destinations:0:{key}={value}"]);

        Assert.Equal($"Destinations:0:{key} is '{value}', and the entry has a Domain; allowed: {allowed}", _sources.LoadError());
    }

    [Fact]
    public void Two_providers_have_two_names()
    {
        foreach (var index in (int[])[0, 1])
            _sources.Arguments.AddRange([$"--Providers:{index}:Name=Orange", $"--Providers:{index}:Mx=.orange.fr"]);

        Assert.Equal(
            "Providers:1:Name is 'orange', as is Providers:0:Name; allowed: a name that no other provider has", _sources.LoadError());
    }
}
