using Xunit;

namespace Postfleet.Node.Tests.Configuration;

/// <summary>The names of routes.</summary>
public sealed class RouteNameTests : IDisposable
{
    private readonly Sources _sources = new();

    public void Dispose() => _sources.Dispose();

    [Fact]
    public void Two_routes_with_the_same_name_are_refused()
    {
        _sources.Arguments.AddRange(
            ["--Routes:0:Domain=*", "--Routes:0:To=mx", "--Routes:0:Name=backup", "--Routes:1:To=capture", "--Routes:1:Name=BACKUP"]);

        Assert.Equal(
            "Routes:1:Name is 'backup', as is Routes:0:Name; allowed: a name that no other route has", _sources.LoadError());
    }

    [Theory]
    [InlineData("back up")]
    [InlineData("a.b")]
    [InlineData("x123456789012345678901234567890123456789012")]
    public void Name_of_a_route_has_a_form(string name)
    {
        _sources.Arguments.AddRange(["--Routes:0:To=mx", $"--Routes:0:Name={name}"]);

        Assert.Equal(
            $"Routes:0:Name is '{name}'; allowed: 1 to 40 letters, digits, - and _, or empty (command line --Routes:0:Name)",
            _sources.LoadError());
    }
}
