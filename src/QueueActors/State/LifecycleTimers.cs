namespace Postfleet.QueueActors.State;

/// <summary>
/// Which timers a queue has set, and what for. None is ever taken back: one that comes too early finds nothing to do. A field, not to be
/// copied.
/// </summary>
internal struct LifecycleTimers
{
    private BatchPacer _pace;
    private ScheduledWakeups _wakes;
    // Ticks; 0 when the queue is not idle.
    private long _idleSince;
    private bool _isBatchTimerSet;
    private bool _isIdleSet;

    /// <summary>A round begins that writes rows.</summary>
    public void BeginBatch(int events, LifecycleSettings settings, DateTimeOffset now) => _pace.Begin(events >= settings.BusyBatch, now);

    /// <summary>Whether a round over so many commands may begin now. If not, a timer says when.</summary>
    public bool MayBegin(int commands, LifecycleSettings settings, DateTimeOffset now, List<QueueOutput> outputs)
    {
        var left = _pace.Left(commands, settings.BatchInterval, now);
        if (left == TimeSpan.Zero) return true;
        if (_isBatchTimerSet) return false;
        _isBatchTimerSet = true;
        outputs.Add(QueueOutput.SetTimer(QueueTimer.Round, left));
        return false;
    }

    /// <summary>The timer of the next round has come.</summary>
    public void BatchTaken() => _isBatchTimerSet = false;

    /// <summary>Sets the timers of a queue that has nothing to do now. If asked, the time that it has been idle begins anew.</summary>
    public void Rest(
        QueueMachine machine, LifecycleSettings settings, DateTimeOffset now, List<QueueOutput> outputs, bool isIdleAnew = false)
    {
        if (machine.NextWake(now) is { } wake && _wakes.Need(wake)) outputs.Add(QueueOutput.SetTimer(QueueTimer.Wake, wake - now));
        if (!machine.IsIdle || isIdleAnew) _idleSince = 0;
        if (!machine.IsIdle || _idleSince != 0) return;
        _idleSince = now.UtcTicks;
        AwaitIdle(settings.IdleTimeout, outputs);
    }

    /// <summary>The next wake-up has come.</summary>
    public void WakeCame() => _wakes.Fired();

    /// <summary>The idle timer has come.</summary>
    /// <returns>Whether the queue has been idle for long enough. If it is idle, and not for that long, a timer is set again.</returns>
    public bool IdleCame(LifecycleSettings settings, DateTimeOffset now, List<QueueOutput> outputs)
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
