using Postfleet.Contracts.Serialization;
using Postfleet.QueueActors.Events;

namespace Postfleet.QueueActors.Formats;

/// <summary>The formats of the queues' journal rows.</summary>
internal static class QueueFormats
{
    /// <summary>All formats of the module. Of several formats for a type, the last is written; all are read.</summary>
    public static IReadOnlyList<Codec> All { get; } =
    [
        new JournalCodec(new Codec<QueueEventBatch, Wire.QueueEventBatch>(
            "qev1", EventMapping.ToWire, Wire.QueueEventBatch.Parser, EventMapping.FromWire)),
        new JournalCodec(new Codec<CheckpointPiece, Wire.CheckpointPiece>(
            "ckp1", CheckpointMapping.ToWire, Wire.CheckpointPiece.Parser, CheckpointMapping.FromWire)),
    ];
}
