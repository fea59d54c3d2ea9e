using Akka.Actor;
using Microsoft.Extensions.Logging;
using Postfleet.Core.Protocol.Messages;
using Postfleet.Core.Queueing;
using Postfleet.Spool;

namespace Postfleet.QueueActors.HandOff;

/// <summary>
/// Finds parts that were accepted and that no queue has claimed, because their frontend died or had too many, and offers them to their queues. A cluster
/// singleton. One page is out at a time: the next one is read when the last was acknowledged or has had its time, so that a million rows never
/// become a million messages.
/// </summary>
/// <remarks>
/// <code>waiting --timer--> reading --page--> offering --acknowledged, or time over--> reading --last page--> waiting</code>
/// Everything is offered as a repeat: a queue that does not know such a part asks the spool before it takes it, so sweeping too early costs work and nothing
/// else. That is why the first sweep looks at all that was accepted before this singleton started: after a crash nobody has to wait.
/// </remarks>
internal sealed class HandOffSweeper : UntypedActor, IWithTimers
{
    /// <summary>Parts are left to their frontends for this long.</summary>
    public static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    private const int PageSize = 500;

    private static readonly TimeSpan FirstSweep = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan MaxInterval = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan PageTime = TimeSpan.FromSeconds(10);

    private readonly ISpool _spool;
    private readonly Func<IActorRef> _queues;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly DateTimeOffset _started;
    private readonly CancellationTokenSource _stopped = new();
    private readonly HashSet<PartId> _out = [];
    private UnclaimedPart? _last;
    private DateTimeOffset _before;
    private bool _isFirst = true;
    private bool _isMore;
    private int _found;
    private int _failures;

    public HandOffSweeper(ISpool spool, Func<IActorRef> queues, TimeProvider time, ILogger logger)
    {
        (_spool, _queues, _time, _logger) = (spool, queues, time, logger);
        _started = time.GetUtcNow();
    }

    public ITimerScheduler Timers { get; set; } = null!;

    protected override void PreStart() => Timers.StartSingleTimer(Sweep.Instance, Sweep.Instance, FirstSweep);

    protected override void PostStop()
    {
        _stopped.Cancel();
        _stopped.Dispose();
    }

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case Sweep: Begin(); break;
            case Page page: Offer(page.Parts); break;
            case Enqueued acknowledged: Acknowledge(acknowledged); break;
            case PageOver: Next(); break;
            case Status.Failure failure: Fail(failure.Cause); break;
            default: Unhandled(message); break;
        }
    }

    private void Begin()
    {
        _before = _isFirst ? _started : _time.GetUtcNow() - Deadline;
        (_last, _found) = (null, 0);
        Read();
    }

    private void Read() => ReadAsync().PipeTo(Self);

    private async Task<Page> ReadAsync() => new(await _spool.FindUnclaimedAsync(_before, _last, PageSize, _stopped.Token));

    private void Offer(IReadOnlyList<UnclaimedPart> parts)
    {
        _failures = 0;
        _isMore = parts.Count == PageSize;
        _found += parts.Count;
        if (parts.Count == 0)
        {
            End(Interval);
            return;
        }

        _last = parts[^1];
        foreach (var part in parts) _out.Add(part.Part);
        foreach (var queue in parts.GroupBy(part => part.Part.Queue))
        {
            var offers = queue.Select(part => new PartOffer(part.Part.Message, part.Recipients, part.AcceptedAt, IsRepeat: true));
            _queues().Tell(new Enqueue(queue.Key, [.. offers]), Self);
        }

        Timers.StartSingleTimer(PageOver.Instance, PageOver.Instance, PageTime);
    }

    private void Acknowledge(Enqueued acknowledged)
    {
        if (_out.Count == 0) return;
        foreach (var message in acknowledged.Messages) _out.Remove(new PartId(message, acknowledged.Queue));
        if (_out.Count == 0) Next();
    }

    private void Next()
    {
        Timers.Cancel(PageOver.Instance);
        _out.Clear();
        if (_isMore) Read();
        else End(Interval);
    }

    private void End(TimeSpan pause)
    {
        if (_found > 0) _logger.Swept(_found);
        _isFirst = false;
        Timers.StartSingleTimer(Sweep.Instance, Sweep.Instance, pause);
    }

    private void Fail(Exception cause)
    {
        _failures++;
        _logger.SweepFailed(cause);
        var pause = Interval * Math.Pow(2, Math.Min(_failures - 1, 10));
        Timers.StartSingleTimer(Sweep.Instance, Sweep.Instance, pause < MaxInterval ? pause : MaxInterval);
    }

    private sealed record Page(IReadOnlyList<UnclaimedPart> Parts) : INoSerializationVerificationNeeded;

    private sealed class Sweep : INoSerializationVerificationNeeded
    {
        public static readonly Sweep Instance = new();
    }

    private sealed class PageOver : INoSerializationVerificationNeeded
    {
        public static readonly PageOver Instance = new();
    }
}
