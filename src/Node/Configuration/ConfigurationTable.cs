using Postfleet.Admin.Options;
using Postfleet.Cluster.Options;
using Postfleet.Configuration;
using Postfleet.Delivery.Options;
using Postfleet.Dns.Options;
using Postfleet.Frontend.Options;
using Postfleet.Node.Options;
using Postfleet.Operations.Options;
using Postfleet.QueueActors.Options;
using Postfleet.Signing.Options;
using Postfleet.Spool.Options;

namespace Postfleet.Node.Configuration;

/// <summary>
/// All keys of the configuration, collected from the modules. Binding, checks, the output of <c>check</c> and <c>docs/configuration.md</c>
/// derive from this table. Defaults come from the options records.
/// </summary>
internal static class ConfigurationTable
{
    /// <summary>The keys and checks of each module.</summary>
    public static IReadOnlyList<IModuleConfiguration> Modules { get; } =
    [
        new NodeConfiguration(), new SpoolConfiguration(), new ClusterConfiguration(), new AdminConfiguration(),
        new FrontendConfiguration(), new DeliveryConfiguration(), new DnsConfiguration(), new QueueConfiguration(),
        new OperationsConfiguration(), new SigningConfiguration(),
    ];

    /// <summary>The table of all keys: sections in the order of the root record, keys of a section in the order of their module.</summary>
    public static KeyTable Table { get; } = new(Ordered());

    private static IEnumerable<ConfigurationKey> Ordered()
    {
        var sections = typeof(PostfleetOptions).GetProperties().Select(property => property.Name).ToList();
        return Modules.SelectMany(module => module.Keys.Select(key => key with { IsReloaded = IsReloaded(module, key) }))
            .OrderBy(key => sections.IndexOf(key.Segments[0]));
    }

    private static bool IsReloaded(IModuleConfiguration module, ConfigurationKey key) =>
        module.Reloaded.Any(path => path == key.Path || Layer.IsWithin(key.Path, path));
}
