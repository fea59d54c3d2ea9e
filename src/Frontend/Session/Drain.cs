using Postfleet.Frontend.Options;

namespace Postfleet.Frontend.Session;

/// <summary>
/// How much of refused content is still read. Its client must be able to hear the reply, but must not keep the session by it: a time and a
/// number of octets end it. Used by the session's loop alone.
/// </summary>
internal sealed class Drain(SmtpOptions limits, TimeProvider time)
{
    private readonly long _since = time.GetTimestamp();
    private long _octets;

    /// <summary>How long the client may go on.</summary>
    public TimeSpan Left => FrontendLimits.Drain - time.GetElapsedTime(_since);

    /// <summary>Whether the client has had its time or its octets.</summary>
    public bool IsOver => Left <= TimeSpan.Zero || _octets > Math.Max(limits.MaxMessageSize.Bytes, FrontendLimits.LeastDrain);

    /// <summary>So many octets have come.</summary>
    public void Take(long octets) => _octets += octets;
}
