using Xunit;

namespace Postfleet.Node.Tests.Configuration;

/// <summary>The checks of sources, and of the routes that name them.</summary>
public sealed class SourceKeysTests : IDisposable
{
    private const string Route = "Routes:0:Domain=* Routes:0:To=mx";

    private readonly Sources _sources = new();

    public void Dispose() => _sources.Dispose();

    [Theory]
    [InlineData("Sources:0:Addresses=192.0.2.1", "Sources:0:Name is missing; allowed: 1 to 30 letters, digits, - and _ that begin")]
    [InlineData("Sources:0:Name=1.2.3.4", "Sources:0:Name is '1.2.3.4'; allowed: 1 to 30 letters, digits, - and _ that begin")]
    [InlineData("Sources:0:Name=default", "Sources:0:Name is 'default'; allowed: 1 to 30 letters")]
    [InlineData("Sources:0:Name=a Sources:1:Name=A",
        "Sources:1:Name is 'a', as is Sources:0:Name; allowed: a name that no other source has")]
    [InlineData("Sources:0:Name=a Sources:0:Addresses=192.0.2.1,192.0.2.2",
        "Sources:0:Addresses is '192.0.2.1,192.0.2.2'; allowed: an IP address, an IPv4 and an IPv6 one with a comma between, or empty")]
    [InlineData("Sources:0:Name=a Sources:0:Proxy=http://p.test:80",
        "Sources:0:Proxy is 'http://p.test:80'; allowed: socks5://host:port, haproxy://host:port, or empty")]
    [InlineData("Sources:0:Name=a Sources:0:Proxy=haproxy://p.test:80",
        "Sources:0:Proxy is 'haproxy://p.test:80', and the source has no Addresses; allowed: haproxy with the address that it connects "
        + "from")]
    [InlineData(Route + " Sources:0:Name=a Routes:0:Source=b",
        "Routes:0:Source is 'b', and no source has this name; allowed: a or IP addresses")]
    [InlineData(Route + " Sources:0:Name=a Routes:0:Source=A Routes:0:Hostname=x.test",
        "Routes:0 has Source 'a' and Hostname 'x.test'; allowed: the Hostname of the source alone")]
    [InlineData("Routes:0:Domain=* Routes:0:To=capture Sources:0:Name=a Routes:0:Source=a",
        "Routes:0:To is 'capture', and the route has Tls, Source, Hostname")]
    [InlineData(Route + " Routes:0:Stream=a.b", "Routes:0:Stream is 'a.b'; allowed: 1 to 32 letters, digits, - and _")]
    [InlineData(Route + " Routes:0:Source=out1",
        "Routes:0:Source is 'out1', and no source has this name; allowed: the name of an entry of Sources or IP addresses")]
    [InlineData("Routes:0:Domain=* Routes:0:To=smtp://h.test:25 Routes:0:Proxy=defer Routes:0:Stream=bulk",
        "Routes:0:Proxy is 'defer', and Routes:0:Stream is 'bulk'; allowed: none, since a stream's mail is queued first")]
    public void Wrong_sources_are_refused(string arguments, string error)
    {
        _sources.Arguments.AddRange(arguments.Split(' ').Select(argument => $"--{argument}"));

        Assert.StartsWith(error, _sources.LoadError(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Route + " Sources:0:Name=a", "Sources:0:Name is 'a', which no route names: no mail leaves from it")]
    [InlineData(Route + " Sources:0:Name=a Routes:0:Source=a Sources:0:Addresses=203.0.113.77",
        "Sources:0:Addresses has '203.0.113.77', which is no address of this machine: here mail cannot leave from it, and waits")]
    [InlineData(Route + " Sources:0:Name=a Routes:0:Source=a Sources:0:Addresses=203.0.113.77 Sources:0:Proxy=haproxy://p.test:80", null)]
    [InlineData(Route + " Sources:0:Name=a Routes:0:Source=a Sources:0:Addresses=203.0.113.77 Sources:0:Proxy=socks5://p.test:80",
        "Sources:0:Proxy is 'socks5://p.test:80', which chooses the address that it connects from: the Addresses only choose the family of "
        + "the hosts")]
    [InlineData(Route + " Routes:0:Stream=bulk", "Routes has no route for '*': mail for domains that no route matches is refused")]
    [InlineData(Route + " Routes:0:Stream=bulk Routes:1:Domain=* Routes:1:To=mx", null)]
    [InlineData(Route + " Routes:1:Domain=* Routes:1:To=mx Routes:1:Stream=bulk",
        "Routes:1:Domain is '*', which is never used: Routes:0:Domain '*' matches first")]
    public void Sources_and_routes_without_effect_are_warned_of(string arguments, string? warning)
    {
        _sources.Arguments.AddRange(arguments.Split(' ').Select(argument => $"--{argument}"));

        var warnings = _sources.Load().Loaded!.Warnings
            .Where(line => line.StartsWith("Sources", StringComparison.Ordinal) || line.StartsWith("Routes", StringComparison.Ordinal));
        Assert.Equal(warning is null ? [] : [warning], warnings);
    }
}
