using Postfleet.Core.Options;

namespace Postfleet.Frontend.Session;

/// <summary>
/// How fast the content of one message comes. A client has <see cref="SmtpOptions.DataTimeout"/> for any pause, and that once more than what its octets take at
/// <see cref="SmtpOptions.MinDataRate"/> for all of them. Only time that is spent waiting for the client counts.
/// </summary>
internal sealed class DataPace(SmtpOptions limits, TimeProvider time)
{
    private long _octets;
    private long _waitingSince;
    private TimeSpan _waited;

    /// <summary>Whether the last pause alone was too long.</summary>
    public bool IsPauseTooLong { get; private set; }

    /// <summary>Whether the client has had more time than its octets give it.</summary>
    public bool IsTooSlow => limits.MinDataRate > 0 && _waited >= Allowed;

    private TimeSpan Allowed => limits.DataTimeout + TimeSpan.FromSeconds(_octets / (double)limits.MinDataRate);

    /// <summary>Begins to wait.</summary>
    /// <returns>How long the client may take for what comes next.</returns>
    public TimeSpan BeginWait()
    {
        _waitingSince = time.GetTimestamp();
        if (limits.MinDataRate == 0) return limits.DataTimeout;
        var left = Allowed - _waited;
        return left < limits.DataTimeout ? left : limits.DataTimeout;
    }

    /// <summary>Ends waiting.</summary>
    public void EndWait()
    {
        var pause = time.GetElapsedTime(_waitingSince);
        _waited += pause;
        IsPauseTooLong = pause >= limits.DataTimeout;
    }

    /// <summary>So many octets have come.</summary>
    public void Take(long octets) => _octets += octets;
}
