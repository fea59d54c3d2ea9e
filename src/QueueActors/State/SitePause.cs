namespace Postfleet.QueueActors.State;

/// <summary>
/// The early ends of a site's pause, in the memory of the current owner; the pause itself is in <see cref="QueueState"/>. A grant of credit
/// ends it, since the destination grants credit to all remembered queues once the site is reachable again. New mail probes the site once,
/// but not earlier than the first retry interval after the last failure: this covers a pause after a failed route lookup, and a destination
/// after the loss of its memory in a move. Owned by <see cref="Dispatcher"/>. A mutable struct, used as a field and not copied.
/// </summary>
internal struct SitePause
{
    private long _probeAt;
    private bool _hasNewMail;

    /// <summary>Whether a grant of credit has ended the pause.</summary>
    public bool IsSiteBack { get; set; }

    /// <summary>A pause begins.</summary>
    /// <param name="probeAt">The earliest time of a probe, in UTC ticks.</param>
    public void Begin(long probeAt)
    {
        _probeAt = probeAt;
        (_hasNewMail, IsSiteBack) = (false, false);
    }

    /// <summary>New mail has arrived.</summary>
    public void MailArrived() => _hasNewMail = true;

    /// <summary>Whether the site is paused.</summary>
    /// <param name="until">The end of the pause; null if there is none.</param>
    /// <param name="now">The current time.</param>
    public readonly bool IsPaused(DateTimeOffset? until, DateTimeOffset now) =>
        until > now && !IsSiteBack && !(_hasNewMail && _probeAt <= now.UtcTicks);

    /// <summary>When a paused site is tried again, in UTC ticks.</summary>
    /// <param name="until">The end of the pause.</param>
    public readonly long End(DateTimeOffset until) => _hasNewMail ? Math.Min(_probeAt, until.UtcTicks) : until.UtcTicks;
}
