using Akka.Actor;
using Microsoft.Extensions.Logging;
using Postfleet.Contracts.Queueing;
using Postfleet.Contracts.Stats;
using Postfleet.Core.Queueing;
using Postfleet.QueueActors.Settling;
using Postfleet.QueueActors.State;
using Postfleet.Spool;

namespace Postfleet.QueueActors;

/// <summary>What every queue entity of a node works with.</summary>
/// <param name="Spool">Where the parts are.</param>
/// <param name="Routes">Where mail goes.</param>
/// <param name="Settler">What settles parts.</param>
/// <param name="Destinations">The shard region of destinations.</param>
/// <param name="Stats">Where counts are published.</param>
/// <param name="Rules">The rules for a queue.</param>
/// <param name="Lifecycle">The times and sizes of their lifecycles.</param>
/// <param name="Time">The clock.</param>
/// <param name="Logger">The log.</param>
internal sealed record QueueServices(
    ISpool Spool,
    IRouteResolver Routes,
    ISettler Settler,
    Func<IActorRef> Destinations,
    NodeStats Stats,
    Func<QueueKey, QueueRules> Rules,
    LifecycleSettings Lifecycle,
    TimeProvider Time,
    ILogger Logger)
{
    /// <summary>Which queues could not be read from the journal lately.</summary>
    public RecoveryPauses Pauses { get; } = new(Time);

    /// <summary>The replies that all queues hold.</summary>
    public ReplyPool Replies { get; } = new();
}
