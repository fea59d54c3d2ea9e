using Postfleet.Configuration;
using Postfleet.Node.Configuration;
using Xunit;

namespace Postfleet.Node.Tests.Configuration;

public sealed class ReloadedKeysTests
{
    [Fact]
    public void Each_path_of_a_module_names_keys_of_the_module() =>
        Assert.All(
            ConfigurationTable.Modules,
            module => Assert.All(
                module.Reloaded,
                path => Assert.Contains(module.Keys, key => key.Path == path || Layer.IsWithin(key.Path, path))));

    [Fact]
    public void The_keys_of_a_list_are_reloaded_together() =>
        Assert.All(
            ConfigurationTable.Table.Keys.GroupBy(key => key.ListOrPath),
            keys => Assert.Single(keys.Select(key => key.IsReloaded).Distinct()));

    [Theory]
    [InlineData("Routes:#:To", true)]
    [InlineData("Relay:Domains:#", true)]
    [InlineData("Tls:Certificate", true)]
    [InlineData("Queues:Domains:#:Lifetime", true)]
    [InlineData("Streams:#:Weight", true)]
    [InlineData("Delivery:MaxRatePerSite", true)]
    [InlineData("Log:Level", true)]
    [InlineData("Admin:Tokens:#:Token", true)]
    [InlineData("Listeners:#:Endpoint", false)]
    [InlineData("Cluster:Tls:Certificate", false)]
    [InlineData("Storage:Path", false)]
    public void A_reload_applies_a_key_or_the_key_needs_a_restart(string path, bool isReloaded) =>
        Assert.Equal(isReloaded, ConfigurationTable.Table.Keys.Single(key => key.Path == path).IsReloaded);
}
