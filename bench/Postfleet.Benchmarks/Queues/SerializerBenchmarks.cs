using Akka.Actor;
using Akka.Actor.Setup;
using BenchmarkDotNet.Attributes;
using Postfleet.Contracts.Messages;
using Postfleet.Contracts.Serialization;
using Postfleet.Core.Queueing;
using Postfleet.QueueActors.Events;
using Postfleet.QueueActors.Formats;
using Postfleet.QueueActors.Messages;
using Postfleet.QueueActors.State;

namespace Postfleet.Benchmarks.Queues;

/// <summary>Serialization of wire messages and journal events with a hundred messages in each record.</summary>
public class SerializerBenchmarks
{
    private const int Messages = 100;

    private readonly PostfleetSerializer _serializer = new((ExtendedActorSystem)ActorSystem.Create("bench", ActorSystemSetup.Create(
        BootstrapSetup.Create().WithConfig(PostfleetSerialization.Config), new FormatSetup(QueueFormats.All))));
    private readonly Dictionary<string, IProtocolMessage> _records = [];
    private IProtocolMessage _record = null!;
    private string _manifest = "";
    private byte[] _bytes = [];

    [Params("offer", "deliver", "outcomes", "events", "checkpoint")]
    public string Record { get; set; } = "";

    [GlobalSetup]
    public void Prepare()
    {
        var events = new List<IQueueEvent>();
        var run = new QueueRun { Written = events.AddRange };
        var ids = run.Offer(Messages);
        run.Route();
        run.Grant(Messages);
        _records["checkpoint"] = Checkpoints.Write(run.State)[0];
        run.End(ids, 1, Disposition.Delivered);
        _records["events"] = new QueueEventBatch(events);
        _records["offer"] = new Enqueue(QueueRun.Queue, [.. ids.Select(id => new PartOffer(new QueuedPart(id, 1, run.Now), false))]);
        _records["deliver"] = new Deliver(
            new DeliveryTarget(QueueRun.Site, TargetKind.Mx, [new TargetHost(10, "mx.example.com")], 25), QueueRun.Queue,
            [.. ids.Select(id => new DeliveryJob(id, 1, RecipientSet.All(1)))]);
        _records["outcomes"] = new Outcomes(
            QueueRun.Queue, QueueRun.Site,
            [.. ids.Select(id => new JobOutcome(id, 1, AttemptResult.Attempted,
                [new(RecipientSet.All(1), Disposition.Delivered, QueueRun.Ok, "mx.example.com[192.0.2.1]:25")]))]);
        _record = _records[Record];
        _manifest = _serializer.Manifest(_record);
        _bytes = _serializer.ToBinary(_record);
    }

    [Benchmark(OperationsPerInvoke = Messages)]
    public byte[] Write() => _serializer.ToBinary(_record);

    [Benchmark(OperationsPerInvoke = Messages)]
    public object Read() => _serializer.FromBinary(_bytes, _manifest);
}
