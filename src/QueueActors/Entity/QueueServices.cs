using Akka.Actor;
using Microsoft.Extensions.Logging;
using Postfleet.Contracts.Operations;
using Postfleet.Contracts.Queueing;
using Postfleet.Contracts.Stats;
using Postfleet.Core.Classification;
using Postfleet.Core.Concurrency;
using Postfleet.Core.Queueing;
using Postfleet.QueueActors.Ownership;
using Postfleet.QueueActors.Settling;
using Postfleet.QueueActors.State;
using Postfleet.Spool.Common;

namespace Postfleet.QueueActors.Entity;

/// <summary>Services shared by all queue actors of a node.</summary>
/// <param name="Ledger">The rows of the parts.</param>
/// <param name="Routes">The route resolver.</param>
/// <param name="Settler">Settles parts in the spool.</param>
/// <param name="Destinations">Returns the shard region of destinations.</param>
/// <param name="Stats">The counts for monitoring.</param>
/// <param name="Rules">Returns the rules of a queue. A reload replaces the function, so that queues ask again.</param>
/// <param name="Lifecycle">The times and sizes of lifecycles.</param>
/// <param name="Time">The clock.</param>
/// <param name="Logger">The logger.</param>
internal sealed record QueueServices(
    IPartLedger Ledger,
    IRouteResolver Routes,
    ISettler Settler,
    Func<IActorRef> Destinations,
    NodeStats Stats,
    Current<Func<QueueKey, QueueRules>> Rules,
    LifecycleSettings Lifecycle,
    TimeProvider Time,
    ILogger Logger)
{
    /// <summary>Finds the class of negative replies.</summary>
    public BounceClassifier Classifier { get; init; } = BounceClassifier.Shipped;

    /// <summary>Pauses of queues whose recovery failed.</summary>
    public RecoveryPauses Pauses { get; } = new(Time);

    /// <summary>Takes the changes of owner for the history.</summary>
    public TakeoverBuffer Takeovers { get; } = new(Time);

    /// <summary>The suspensions in force on this node; null where no operator can suspend queues.</summary>
    public ISuspensions? Suspensions { get; init; }

    /// <summary>The replies shared by all queues.</summary>
    public ReplyPool Replies { get; } = new();
}
