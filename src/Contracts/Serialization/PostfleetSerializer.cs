using System.Collections.Frozen;
using System.Runtime.Serialization;
using Akka.Actor;
using Akka.Serialization;

namespace Postfleet.Contracts.Serialization;

/// <summary>
/// The one serializer of everything that crosses nodes or is persisted (<see cref="IProtocolMessage"/>): protobuf under short manifests
/// that carry the format's version. No name of a CLR type is ever written, so types may be moved and renamed.
/// </summary>
/// <param name="system">The actor system that it serves.</param>
public sealed class PostfleetSerializer(ExtendedActorSystem system) : SerializerWithStringManifest(system)
{
    /// <summary>Stands in every remoted frame and every row of the journal: never to be changed.</summary>
    public const int SerializerId = 4053;

    // To change a format: keep its line for reading, and add one with a new manifest, which is then the one that is written.
    private static readonly Codec[] Codecs =
    [
        new Codec<Messages.Enqueue, Wire.Enqueue>("enq1", QueueMessageMapping.ToWire, Wire.Enqueue.Parser, QueueMessageMapping.FromWire),
        new Codec<Messages.Enqueued, Wire.Enqueued>(
            "enqd1", QueueMessageMapping.ToWire, Wire.Enqueued.Parser, QueueMessageMapping.FromWire),
        new Codec<Messages.CreditGranted, Wire.CreditGranted>(
            "crg1", QueueMessageMapping.ToWire, Wire.CreditGranted.Parser, QueueMessageMapping.FromWire),
        new Codec<Messages.SiteUnavailable, Wire.SiteUnavailable>(
            "sun1", QueueMessageMapping.ToWire, Wire.SiteUnavailable.Parser, QueueMessageMapping.FromWire),
        new Codec<Messages.Outcomes, Wire.Outcomes>("out1", OutcomeMapping.ToWire, Wire.Outcomes.Parser, OutcomeMapping.FromWire),
        new Codec<Messages.RequestCredit, Wire.RequestCredit>(
            "rqc1", DestinationMessageMapping.ToWire, Wire.RequestCredit.Parser, DestinationMessageMapping.FromWire),
        new Codec<Messages.Deliver, Wire.Deliver>(
            "dlv1", DestinationMessageMapping.ToWire, Wire.Deliver.Parser, DestinationMessageMapping.FromWire),
        new Codec<Messages.OutcomesAcknowledged, Wire.OutcomesAcknowledged>(
            "oak1", DestinationMessageMapping.ToWire, Wire.OutcomesAcknowledged.Parser, DestinationMessageMapping.FromWire),
        new Codec<Messages.AskNode, Wire.AskNode>("ans1", NodeMapping.ToWire, Wire.AskNode.Parser, NodeMapping.FromWire),
        new Codec<Messages.NodeReport, Wire.NodeReport>("nrp1", NodeMapping.ToWire, Wire.NodeReport.Parser, NodeMapping.FromWire),
        new JournalCodec(new Codec<Events.QueueEventBatch, Wire.QueueEventBatch>(
            "qev1", EventMapping.ToWire, Wire.QueueEventBatch.Parser, EventMapping.FromWire)),
        new JournalCodec(new Codec<Events.CheckpointPiece, Wire.CheckpointPiece>(
            "ckp1", CheckpointMapping.ToWire, Wire.CheckpointPiece.Parser, CheckpointMapping.FromWire)),
    ];

    private static readonly FrozenDictionary<Type, Codec> ByType = Codecs.ToFrozenDictionary(codec => codec.Type);
    private static readonly FrozenDictionary<string, Codec> ByManifest = Codecs.ToFrozenDictionary(codec => codec.Manifest);

    /// <inheritdoc/>
    public override int Identifier => SerializerId;

    /// <summary>Whether there is a format for a type.</summary>
    public static bool Covers(Type type) => ByType.ContainsKey(type);

    /// <inheritdoc/>
    /// <exception cref="SerializationException">There is no format for the object's type.</exception>
    public override string Manifest(object o) => For(o).Manifest;

    /// <inheritdoc/>
    /// <exception cref="SerializationException">There is no format for the object's type, or a value is outside of its bounds.</exception>
    public override byte[] ToBinary(object obj) => For(obj).Write(obj);

    /// <inheritdoc/>
    /// <exception cref="SerializationException">
    /// The manifest is unknown, or the bytes are not of its format; bytes of the journal's formats become an
    /// <see cref="Events.UnreadableRow"/>.
    /// </exception>
    public override object FromBinary(byte[] bytes, string manifest) => ByManifest.TryGetValue(manifest, out var codec)
        ? codec.Read(bytes)
        : throw new SerializationException($"unknown manifest '{manifest}': it was written by a newer version, or is not Postfleet's");

    private static Codec For(object o) => ByType.TryGetValue(o.GetType(), out var codec)
        ? codec
        : throw new SerializationException($"no wire format for {o.GetType()}: add one to {nameof(PostfleetSerializer)}");
}
