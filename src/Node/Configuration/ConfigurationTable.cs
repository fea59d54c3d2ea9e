using Postfleet.Admin.Options;
using Postfleet.Cluster.Options;
using Postfleet.Configuration;
using Postfleet.Delivery.Options;
using Postfleet.Frontend.Options;
using Postfleet.Node.Options;
using Postfleet.QueueActors.Options;
using Postfleet.Spool.Options;

namespace Postfleet.Node.Configuration;

/// <summary>
/// Every key of the configuration: the one source of what is bound, of what is refused, of what <c>check</c> prints and of
/// <c>docs/configuration.md</c>. The rooms bring their keys; this puts them together. Defaults are those of the options records.
/// </summary>
internal static class ConfigurationTable
{
    /// <summary>What each room brings.</summary>
    public static IReadOnlyList<IModuleConfiguration> Rooms { get; } =
    [
        new NodeConfiguration(), new SpoolConfiguration(), new ClusterConfiguration(), new AdminConfiguration(),
        new FrontendConfiguration(), new DeliveryConfiguration(), new QueueConfiguration(),
    ];

    /// <summary>
    /// The keys as the engine takes them: the sections in the order of the root record, the keys of a section as its room has them.
    /// </summary>
    public static KeyTable Table { get; } = new(Ordered());

    /// <summary>The keys, section by section.</summary>
    public static IReadOnlyList<ConfigurationKey> Keys => Table.Keys;

    private static IEnumerable<ConfigurationKey> Ordered()
    {
        var sections = typeof(PostfleetOptions).GetProperties().Select(property => property.Name).ToList();
        return Rooms.SelectMany(room => room.Keys).OrderBy(key => sections.IndexOf(key.Segments[0]));
    }
}
