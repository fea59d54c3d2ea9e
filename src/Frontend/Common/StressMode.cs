using Postfleet.Frontend.Options;

namespace Postfleet.Frontend.Common;

/// <summary>
/// Stress mode, as in Postfix: near the limit of connections untrusted clients get lower limits, so idle connections do not block other
/// clients. Begins at nine tenths of <see cref="SmtpOptions.MaxConnections"/> and ends at seven tenths (hysteresis). Updated by
/// connections, read by sessions; thread-safe.
/// </summary>
internal sealed class StressMode(SmtpOptions limits)
{
    private const double EnterRatio = 0.9;
    private const double LeaveRatio = 0.7;

    private int _isOn;

    /// <summary>Whether stress mode is on.</summary>
    public bool IsOn => Volatile.Read(ref _isOn) != 0;

    /// <summary>Updates the number of open connections.</summary>
    /// <returns>True if stress mode begins with this call, false if it ends, else null.</returns>
    public bool? Update(int connections)
    {
        if (connections >= limits.MaxConnections * EnterRatio) return Interlocked.Exchange(ref _isOn, 1) == 0 ? true : null;
        if (IsOn && connections <= limits.MaxConnections * LeaveRatio) return Interlocked.Exchange(ref _isOn, 0) == 1 ? false : null;
        return null;
    }
}
