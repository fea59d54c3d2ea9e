using Postfleet.Admin.Messages;
using Postfleet.Contracts.Serialization;

namespace Postfleet.Admin.Formats;

/// <summary>The formats of the questions and answers between the admin actors of the nodes.</summary>
internal static class AdminFormats
{
    /// <summary>All formats of the module. Of several formats for a type the last is written; all are read.</summary>
    public static IReadOnlyList<Codec> All { get; } =
    [
        new Codec<GetNodeStatistics, Wire.GetNodeStatistics>(
            "ans1", NodeMapping.ToWire, Wire.GetNodeStatistics.Parser, NodeMapping.FromWire),
        new Codec<NodeStatistics, Wire.NodeStatistics>("nrp1", NodeMapping.ToWire, Wire.NodeStatistics.Parser, NodeMapping.FromWire),
        new Codec<ReloadNode, Wire.ReloadNode>("rld1", ReloadMapping.ToWire, Wire.ReloadNode.Parser, ReloadMapping.FromWire),
        new Codec<NodeReloaded, Wire.NodeReloaded>("rldd1", ReloadMapping.ToWire, Wire.NodeReloaded.Parser, ReloadMapping.FromWire),
    ];
}
