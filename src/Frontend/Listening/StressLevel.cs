using Postfleet.Frontend.Options;

namespace Postfleet.Frontend.Listening;

/// <summary>
/// Whether so many connections are open that those of strangers must end soon, or idle ones would keep everybody else out. It begins at
/// nine tenths of
/// <see cref="SmtpOptions.MaxConnections"/> and ends at seven tenths, so that it does not flicker. Written by the connections, read by the
/// sessions; thread-safe.
/// </summary>
internal sealed class StressLevel(SmtpOptions limits)
{
    private const double Begins = 0.9;
    private const double Ends = 0.7;

    private int _isOn;

    /// <summary>Whether it is on.</summary>
    public bool IsOn => Volatile.Read(ref _isOn) != 0;

    /// <summary>So many connections are open now.</summary>
    /// <returns>True when this begins it, false when this ends it, else null.</returns>
    public bool? Update(int connections)
    {
        if (connections >= limits.MaxConnections * Begins) return Interlocked.Exchange(ref _isOn, 1) == 0 ? true : null;
        if (IsOn && connections <= limits.MaxConnections * Ends) return Interlocked.Exchange(ref _isOn, 0) == 1 ? false : null;
        return null;
    }
}
