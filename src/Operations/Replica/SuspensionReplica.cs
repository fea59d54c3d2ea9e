using Akka.Actor;
using Akka.Event;
using Microsoft.Extensions.Logging;
using Postfleet.Contracts.Messages;
using Postfleet.Contracts.Stats;
using Postfleet.Core.Queueing;
using Postfleet.Operations.Common;
using Postfleet.Operations.Messages;

namespace Postfleet.Operations.Replica;

/// <summary>
/// Keeps this node's copy of the suspensions up to date: asks the owner of the actions twice a second whether they have changed, and tells
/// the queues of this node about a change. Each node with queues has an instance. Runs on the actor's thread.
/// </summary>
internal sealed class SuspensionReplica : UntypedActor, IWithTimers
{
    /// <summary>Pause between two questions.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);

    // Queues wait for the first copy.
    private static readonly TimeSpan FirstInterval = TimeSpan.FromMilliseconds(50);

    private readonly SuspensionTable _table;
    private readonly IActorRef _owner;
    private readonly Func<IActorRef> _queues;
    private readonly NodeStats _stats;
    private readonly ILogger _logger;
    private long _version;

    public SuspensionReplica(SuspensionTable table, IActorRef owner, Func<IActorRef> queues, NodeStats stats, ILogger logger) =>
        (_table, _owner, _queues, _stats, _logger) = (table, owner, queues, stats, logger);

    public ITimerScheduler Timers { get; set; } = null!;

    protected override void PreStart()
    {
        _table.Expect();
        Timers.StartPeriodicTimer(Ask.Instance, Ask.Instance, TimeSpan.Zero, FirstInterval);
        Timers.StartSingleTimer(Patience.Instance, Patience.Instance, SuspensionTable.PatienceAtStart);
    }

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case Ask:
                _owner.Tell(new GetSuspensions(_version));
                break;
            case SuspensionList list when list.Version != _version || !_table.IsKnown:
                Timers.StartPeriodicTimer(Ask.Instance, Ask.Instance, Interval);
                _version = list.Version;
                Change(() => _table.Set(list.Actions));
                break;
            case Patience when !_table.IsKnown:
                _logger.SuspensionsUnknown(SuspensionTable.PatienceAtStart);
                Change(_table.GiveUp);
                break;
        }
    }

    // Only queues whose suspension differs are told. Sites are known to the queues' last counts.
    private void Change(Action change)
    {
        var before = _stats.Queues.ToDictionary(queue => queue.Key, queue => Find(queue.Key, queue.Value));
        change();
        foreach (var (queue, old) in before)
            if (Find(queue, _stats.Queues.GetValueOrDefault(queue)) != old) _queues().Tell(new SuspensionChanged(queue));
    }

    private Suspension? Find(QueueKey queue, QueueCounts? counts) =>
        _table.Find(queue, counts?.Destination is { } destination ? new DestinationId(destination) : null);

    private sealed class Ask : INoSerializationVerificationNeeded, IDeadLetterSuppression
    {
        public static readonly Ask Instance = new();
    }

    private sealed class Patience : INoSerializationVerificationNeeded, IDeadLetterSuppression
    {
        public static readonly Patience Instance = new();
    }
}
