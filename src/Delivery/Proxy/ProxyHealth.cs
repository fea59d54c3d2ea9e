using Postfleet.Core.Mail;

namespace Postfleet.Delivery.Proxy;

/// <summary>
/// Whether a host behind a proxy is left alone, since it cannot be reached or does not reply in time. When the pause is over, one client
/// finds out whether the host is back, and the others are told meanwhile that the host is away. Owned by the host's pool; thread-safe.
/// </summary>
internal sealed class ProxyHealth(TimeProvider time)
{
    private readonly Lock _lock = new();
    private SmtpReply? _reason;
    private TimeSpan _pause;
    private long _since;
    private bool _isOver;
    private bool _isProbed;
    private (long At, TimeSpan Pause)? _reported;

    /// <summary>Why the host is left alone at this moment; null if it is not.</summary>
    public SmtpReply? Reason
    {
        get
        {
            lock (_lock) return Present;
        }
    }

    private SmtpReply? Present => !_isOver && time.GetElapsedTime(_since) < _pause ? _reason : null;

    /// <summary>Begins an attempt to connect. One after a pause begins another pause for the other clients.</summary>
    /// <returns>Why no attempt may be made; null if one may.</returns>
    public SmtpReply? Begin()
    {
        lock (_lock)
        {
            if (Present is { } reason) return reason;
            if (_reason is not null) (_since, _isOver, _isProbed) = (time.GetTimestamp(), false, true);
            return null;
        }
    }

    /// <summary>Ends an attempt, or the use of a connection. Without a result, another client may find out at once.</summary>
    public void End()
    {
        lock (_lock)
        {
            if (_isProbed) (_isOver, _isProbed) = (true, false);
        }
    }

    /// <summary>The host has replied.</summary>
    public void Succeed()
    {
        lock (_lock) (_reason, _isProbed) = (null, false);
    }

    /// <summary>Leaves the host alone.</summary>
    /// <param name="reason">The reason for the clients.</param>
    /// <param name="pause">How long.</param>
    /// <returns>Whether the failure is to be logged: one of a pause is.</returns>
    public bool Fail(SmtpReply reason, TimeSpan pause)
    {
        lock (_lock)
        {
            var now = time.GetTimestamp();
            (_reason, _pause, _since, _isOver, _isProbed) = (reason, pause, now, false, false);
            if (_reported is { } last && last.Pause == pause && time.GetElapsedTime(last.At, now) < pause) return false;
            _reported = (now, pause);
            return true;
        }
    }
}
