using Postfleet.Frontend.Options;

namespace Postfleet.Frontend.Session;

/// <summary>
/// How fast the content of one message comes: a bucket of time. The client begins with <see cref="SmtpOptions.DataTimeout"/>, each octet
/// adds what it may take at
/// <see cref="SmtpOptions.MinDataRate"/>, and waiting for the client takes its time away. The bucket never holds more than it began with,
/// so that what came fast does not buy hours of silence. Only time that is spent waiting for the client counts. Used by the session's loop
/// alone.
/// </summary>
internal sealed class DataPace(SmtpOptions limits, TimeProvider time)
{
    private TimeSpan _left = limits.DataTimeout;
    private long _waitingSince;

    /// <summary>Whether the last pause alone was too long.</summary>
    public bool IsPauseTooLong { get; private set; }

    /// <summary>Whether the client has had more time than its octets give it.</summary>
    public bool IsTooSlow => limits.MinDataRate > 0 && _left <= TimeSpan.Zero;

    /// <summary>How long the client that is waited for may still take: commands in between do not begin the pause anew.</summary>
    public TimeSpan Left => Most - time.GetElapsedTime(_waitingSince);

    /// <summary>Begins to wait.</summary>
    /// <returns>How long the client may take for what comes next.</returns>
    public TimeSpan BeginWait()
    {
        _waitingSince = time.GetTimestamp();
        return Most;
    }

    /// <summary>Ends waiting.</summary>
    public void EndWait()
    {
        var pause = time.GetElapsedTime(_waitingSince);
        _left -= pause;
        IsPauseTooLong = pause >= limits.DataTimeout;
    }

    /// <summary>So many octets have come.</summary>
    public void Take(long octets)
    {
        if (limits.MinDataRate == 0) return;
        var left = _left + TimeSpan.FromSeconds(octets / (double)limits.MinDataRate);
        _left = left < limits.DataTimeout ? left : limits.DataTimeout;
    }

    private TimeSpan Most => limits.MinDataRate == 0 ? limits.DataTimeout : _left;
}
