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
/// Keeps this node's copies of the suspensions and of the moves to a route up to date: asks the owner of the actions twice a second whether
/// they have changed, and tells the queues of this node about a change. Each node has an instance. Runs on the actor's thread.
/// </summary>
internal sealed class SuspensionReplica : UntypedActor, IWithTimers
{
    /// <summary>Pause between two questions.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);

    // Queues wait for the first copy.
    private static readonly TimeSpan FirstInterval = TimeSpan.FromMilliseconds(50);

    private readonly SuspensionTable _table;
    private readonly RedirectionTable _moves;
    private readonly IActorRef _owner;
    private readonly Func<IActorRef>? _queues;
    private readonly NodeStats _stats;
    private readonly ILogger _logger;
    private long _version;
    // The queues at the last change of the moves; null once the queues that came during it are told, too.
    private HashSet<QueueKey>? _told;

    /// <param name="table">The copy of the suspensions.</param>
    /// <param name="moves">The copy of the moves to a route.</param>
    /// <param name="owner">The owner of the actions.</param>
    /// <param name="queues">Returns the queues; null on a node without queues, where the copies are only for requests of the API.</param>
    /// <param name="stats">The queues of this node.</param>
    /// <param name="logger">The logger.</param>
    public SuspensionReplica(
        SuspensionTable table, RedirectionTable moves, IActorRef owner, Func<IActorRef>? queues, NodeStats stats, ILogger logger) =>
        (_table, _moves, _owner, _queues, _stats, _logger) = (table, moves, owner, queues, stats, logger);

    public ITimerScheduler Timers { get; set; } = null!;

    protected override void PreStart()
    {
        Timers.StartPeriodicTimer(Ask.Instance, Ask.Instance, TimeSpan.Zero, FirstInterval);
        if (_queues is null) return;
        _table.Expect();
        Timers.StartSingleTimer(Patience.Instance, Patience.Instance, SuspensionTable.PatienceAtStart);
    }

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case Ask:
                _owner.Tell(new GetSuspensions(_version));
                TellNewcomers();
                break;
            case SuspensionList list when list.Version != _version || !_table.IsKnown:
                Timers.StartPeriodicTimer(Ask.Instance, Ask.Instance, Interval);
                _version = list.Version;
                Change(() =>
                {
                    // Queues that wait for the first copy see it as a whole.
                    _moves.Set(list.Redirections);
                    _table.Set(list.Actions);
                });
                break;
            case Patience when !_table.IsKnown:
                _logger.SuspensionsUnknown(SuspensionTable.PatienceAtStart);
                Change(_table.GiveUp);
                break;
        }
    }

    // Only queues whose suspension or route may differ are told. The suspensions of sites are found by the queues' last counts.
    private void Change(Action change)
    {
        if (_queues is null)
        {
            change();
            return;
        }

        var hadMoves = !_moves.IsEmpty;
        var before = _stats.Queues.ToDictionary(queue => queue.Key, queue => Find(queue.Key, queue.Value));
        change();
        foreach (var (queue, old) in before)
            if (Find(queue, _stats.Queues.GetValueOrDefault(queue)) != old) _queues().Tell(new SuspensionChanged(queue));
        if (hadMoves || !_moves.IsEmpty) _told = [.. before.Keys];
    }

    // A queue that was starting may have asked for its route before the change, and is in the counts only now.
    private void TellNewcomers()
    {
        if (_told is not { } told) return;
        _told = null;
        foreach (var queue in _stats.Queues.Keys) if (!told.Contains(queue)) _queues!().Tell(new SuspensionChanged(queue));
    }

    private (Suspension? Suspension, string Moves) Find(QueueKey queue, QueueCounts? counts) =>
        (_table.Find(queue, counts?.Destination is { } destination ? new DestinationId(destination) : null), _moves.Candidates(queue));

    private sealed class Ask : INoSerializationVerificationNeeded, IDeadLetterSuppression
    {
        public static readonly Ask Instance = new();
    }

    private sealed class Patience : INoSerializationVerificationNeeded, IDeadLetterSuppression
    {
        public static readonly Patience Instance = new();
    }
}
