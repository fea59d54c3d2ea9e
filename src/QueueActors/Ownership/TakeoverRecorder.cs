using Akka.Actor;
using Akka.Cluster;
using Microsoft.Extensions.Logging;
using Postfleet.Contracts;
using Postfleet.QueueActors.Common;
using Postfleet.Spool.Common;

namespace Postfleet.QueueActors.Ownership;

/// <summary>
/// Writes the changes of owner of this node's queues into the history, in batches and beside the mail: a takeover of a hundred thousand
/// queues is a hundred statements, and a failing history is tried again, and costs no queue anything. One for each queue node; runs on
/// the actor's thread.
/// </summary>
internal sealed class TakeoverRecorder : UntypedActor, IWithTimers
{
    /// <summary>The time between two batches. It also gives the gossip about a removed node the time to arrive.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(2);

    /// <summary>The pause after a failure.</summary>
    public static readonly TimeSpan FailurePause = TimeSpan.FromSeconds(15);

    /// <summary>The most changes in a batch.</summary>
    public const int MaxBatch = 20_000;

    private readonly TakeoverBuffer _buffer;
    private readonly ITakeoverHistory _history;
    private readonly string _node;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly FormerOwners _former = new();
    private readonly CancellationTokenSource _stopped = new();
    private IReadOnlyList<QueueTakeover> _unwritten = [];
    private bool _hasFailed;

    public TakeoverRecorder(TakeoverBuffer buffer, ITakeoverHistory history, string node, TimeProvider time, ILogger logger) =>
        (_buffer, _history, _node, _time, _logger) = (buffer, history, node, time, logger);

    public ITimerScheduler Timers { get; set; } = null!;

    protected override void PreStart()
    {
        Cluster.Get(Context.System).Subscribe(
            Self, ClusterEvent.SubscriptionInitialStateMode.InitialStateAsSnapshot, typeof(ClusterEvent.MemberRemoved));
        _buffer.IsRead = true;
        Timers.StartSingleTimer(nameof(Due), Due.Instance, Interval);
    }

    protected override void PostStop()
    {
        _buffer.IsRead = false;
        _stopped.Cancel();
        _stopped.Dispose();
        Cluster.Get(Context.System).Unsubscribe(Self);
    }

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case ClusterEvent.MemberRemoved removed:
                _former.Removed(
                    removed.Member.Address.HostAndPort(), removed.PreviousStatus == MemberStatus.Down, _time.GetUtcNow());
                break;
            case Due: Write(); break;
            case Written written: Ended(written.Cause); break;
        }
    }

    private void Write()
    {
        if (_buffer.TakeDropped() is > 0 and var dropped) _logger.TakeoversDropped(dropped);
        if (_unwritten.Count == 0)
        {
            var members = Cluster.Get(Context.System).State.Members.GroupBy(member => member.Address.HostAndPort()).ToDictionary(
                each => each.Key, each => each.All(member => member.Status is MemberStatus.Leaving or MemberStatus.Exiting));
            _unwritten = [.. _buffer.Take(MaxBatch).Select(each => new QueueTakeover(
                each.Queue, each.Number, each.At, _node, each.Former,
                _former.Reason(each.Former, each.At, members.TryGetValue(each.Former, out var leaves) ? leaves : null)))];
        }

        if (_unwritten.Count == 0) Timers.StartSingleTimer(nameof(Due), Due.Instance, Interval);
        else WriteAsync(_unwritten).PipeTo(Self);
    }

    private async Task<Written> WriteAsync(IReadOnlyList<QueueTakeover> takeovers)
    {
        try
        {
            await _history.RecordAsync(takeovers, _stopped.Token);
            return new Written(null);
        }
#pragma warning disable CA1031 // Whatever prevents the write, the same rows are written later.
        catch (Exception e)
#pragma warning restore CA1031
        {
            return new Written(e);
        }
    }

    private void Ended(Exception? cause)
    {
        if (cause is null) _unwritten = [];
        // Once for each time that the history fails.
        else if (!_hasFailed) _logger.TakeoversNotWritten(cause, _unwritten.Count);
        _hasFailed = cause is not null;
        Timers.StartSingleTimer(nameof(Due), Due.Instance, _hasFailed ? FailurePause : Interval);
    }

    private sealed record Due
    {
        public static readonly Due Instance = new();
    }

    private sealed record Written(Exception? Cause);
}
