namespace Postfleet.QueueActors.State;

/// <summary>
/// The pending timers of a queue. Timers are never cancelled; an early timer has no effect. A mutable struct, used as a field and not
/// copied.
/// </summary>
internal struct LifecycleTimers
{
    private BatchPacer _pace;
    private ScheduledWakeups _wakes;
    // UTC ticks; 0 if the queue is not idle.
    private long _idleSince;
    private bool _isBatchTimerSet;
    private bool _isIdleSet;

    /// <summary>The batch will write rows.</summary>
    public void BeginBatch(int events, LifecycleSettings settings, DateTimeOffset now) => _pace.Begin(events >= settings.BusyBatch, now);

    /// <summary>Whether a batch of so many commands may begin now. If not, a timer is set for the time when it may.</summary>
    public bool MayBegin(int commands, LifecycleSettings settings, DateTimeOffset now, List<QueueOutput> outputs)
    {
        var left = _pace.Left(commands, settings.BatchInterval, now);
        if (left == TimeSpan.Zero) return true;
        if (_isBatchTimerSet) return false;
        _isBatchTimerSet = true;
        outputs.Add(QueueOutput.SetTimer(QueueTimer.Batch, left));
        return false;
    }

    /// <summary>The batch timer has fired.</summary>
    public void BatchFired() => _isBatchTimerSet = false;

    /// <summary>Sets the timers of a queue without work at present.</summary>
    public void Rest(
        QueueMachine machine, LifecycleSettings settings, DateTimeOffset now, List<QueueOutput> outputs, bool isIdleAnew = false)
    {
        if (machine.NextWake(now) is { } wake && _wakes.Need(wake)) outputs.Add(QueueOutput.SetTimer(QueueTimer.Wake, wake - now));
        if (!machine.IsIdle || isIdleAnew) _idleSince = 0;
        if (!machine.IsIdle || _idleSince != 0) return;
        _idleSince = now.UtcTicks;
        AwaitIdle(settings.IdleTimeout, outputs);
    }

    /// <summary>The next wake-up timer has fired.</summary>
    public void WakeFired() => _wakes.Fired();

    /// <summary>The idle timer has fired.</summary>
    /// <returns>Whether the queue has been idle long enough. If it is idle but not long enough, the timer is set again.</returns>
    public bool IdleFired(LifecycleSettings settings, DateTimeOffset now, List<QueueOutput> outputs)
    {
        _isIdleSet = false;
        if (_idleSince == 0) return false;
        var left = settings.IdleTimeout - TimeSpan.FromTicks(now.UtcTicks - _idleSince);
        if (left > TimeSpan.Zero)
        {
            AwaitIdle(left, outputs);
            return false;
        }

        _idleSince = 0;
        return true;
    }

    private void AwaitIdle(TimeSpan time, List<QueueOutput> outputs)
    {
        if (_isIdleSet) return;
        _isIdleSet = true;
        outputs.Add(QueueOutput.SetTimer(QueueTimer.Idle, time));
    }
}
