using Postfleet.Contracts.Serialization;
using Postfleet.QueueActors.Events;
using Postfleet.QueueActors.Messages;

namespace Postfleet.QueueActors.Formats;

/// <summary>The formats of the queues' journal rows, and of the messages between hand-off and queues.</summary>
internal static class QueueFormats
{
    /// <summary>All formats of the module. Of several formats for a type, the last is written; all are read.</summary>
    public static IReadOnlyList<Codec> All { get; } =
    [
        new Codec<Enqueue, Wire.Enqueue>("enq1", OfferMapping.ToWire, Wire.Enqueue.Parser, OfferMapping.FromWire),
        new Codec<Enqueued, Wire.Enqueued>("enqd1", OfferMapping.ToWire, Wire.Enqueued.Parser, OfferMapping.FromWire),
        new JournalCodec(new Codec<QueueEventBatch, Wire.QueueEventBatch>(
            "qev1", EventMapping.ToWire, Wire.QueueEventBatch.Parser, EventMapping.FromWire)),
        new JournalCodec(new Codec<CheckpointPiece, Wire.CheckpointPiece>(
            "ckp1", CheckpointMapping.ToWire, Wire.CheckpointPiece.Parser, CheckpointMapping.FromWire)),
    ];
}
