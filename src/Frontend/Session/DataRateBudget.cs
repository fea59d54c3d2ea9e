using Postfleet.Frontend.Options;

namespace Postfleet.Frontend.Session;

/// <summary>
/// Enforces the least data rate of a message's content as a token bucket of time. The bucket starts with
/// <see cref="SmtpOptions.DataTimeout"/>, which is also its capacity: a fast start does not allow hours of silence. Each octet adds its
/// time at <see cref="SmtpOptions.MinDataRate"/>; time spent waiting for the client is subtracted, and no other time. Used by the session's
/// loop alone.
/// </summary>
internal sealed class DataRateBudget(SmtpOptions limits, TimeProvider time)
{
    private TimeSpan _left = limits.DataTimeout;
    private long _waitingSince;

    /// <summary>Whether the last pause alone exceeded <see cref="SmtpOptions.DataTimeout"/>.</summary>
    public bool IsPauseTooLong { get; private set; }

    /// <summary>Whether the bucket is empty: the client sends below the least rate.</summary>
    public bool IsTooSlow => limits.MinDataRate > 0 && _left <= TimeSpan.Zero;

    /// <summary>How long the present wait may still last. Other commands between two chunks do not restart the wait.</summary>
    public TimeSpan Left => MaxWait - time.GetElapsedTime(_waitingSince);

    /// <summary>Begins a wait for the client.</summary>
    /// <returns>How long the wait may last.</returns>
    public TimeSpan BeginWait()
    {
        _waitingSince = time.GetTimestamp();
        return MaxWait;
    }

    /// <summary>Ends the wait for the client.</summary>
    public void EndWait()
    {
        var pause = time.GetElapsedTime(_waitingSince);
        _left -= pause;
        IsPauseTooLong = pause >= limits.DataTimeout;
    }

    /// <summary>Counts received octets.</summary>
    public void Add(long octets)
    {
        if (limits.MinDataRate == 0) return;
        var left = _left + TimeSpan.FromSeconds(octets / (double)limits.MinDataRate);
        _left = left < limits.DataTimeout ? left : limits.DataTimeout;
    }

    private TimeSpan MaxWait => limits.MinDataRate == 0 ? limits.DataTimeout : _left;
}
