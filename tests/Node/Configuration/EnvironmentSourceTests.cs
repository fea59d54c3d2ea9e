using Xunit;

namespace Postfleet.Node.Tests.Configuration;

public sealed class EnvironmentSourceTests : IDisposable
{
    private readonly Sources _sources = new();

    public void Dispose() => _sources.Dispose();

    [Theory]
    [InlineData("POSTFLEET_PORT", "tcp://10.0.0.1:25")]
    [InlineData("POSTFLEET_CLUSTER_PORT", "tcp://10.0.0.1:4053")]
    [InlineData("POSTFLEET_DELIVERY_PORT", "udp://10.0.0.1:25")]
    [InlineData("POSTFLEET_PORT_25_TCP_ADDR", "10.0.0.1")]
    [InlineData("POSTFLEET_SERVICE_HOST", "10.0.0.1")]
    [InlineData("POSTFLEETS__Storage__Path", "x")]
    [InlineData("Storage__Path", "x")]
    public void Foreign_environment_variables_are_ignored(string name, string value)
    {
        _sources.Environment[name] = value;

        Assert.Equal("data", _sources.LoadOptions().Storage.Path);
    }

    [Theory]
    [InlineData("POSTFLEET_Storage_Path", "POSTFLEET_Storage__Path")]
    [InlineData("POSTFLEET_CLUSTER_PORT", "POSTFLEET_Cluster__Port")]
    [InlineData("POSTFLEET_LISTENERS_0_ENDPOINT", "POSTFLEET_Listeners__0__Endpoint")]
    public void Single_underscore_in_a_known_key_is_reported(string name, string meant)
    {
        _sources.Environment[name] = "x";

        Assert.Equal($"unknown environment variable '{name}'; did you mean '{meant}'?", _sources.LoadError());
    }

    [Fact]
    public void Two_variables_for_one_key_are_refused()
    {
        _sources.Environment["POSTFLEET_Storage__Path"] = "a";
        _sources.Environment["POSTFLEET_STORAGE__PATH"] = "b";

        Assert.Equal(
            "Storage:Path is given twice (environment POSTFLEET_STORAGE__PATH, environment POSTFLEET_Storage__Path); allowed: once",
            _sources.LoadError());
    }

    [Fact]
    public void A_list_as_text_and_by_its_elements_is_refused()
    {
        _sources.Environment["POSTFLEET_Relay__Domains"] = "a.example";
        _sources.Environment["POSTFLEET_Relay__Domains__0"] = "b.example";

        Assert.StartsWith("Relay:Domains:0 is given twice", _sources.LoadError(), StringComparison.Ordinal);
    }
}
