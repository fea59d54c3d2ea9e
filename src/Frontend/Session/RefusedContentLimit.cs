using Postfleet.Frontend.Common;
using Postfleet.Frontend.Options;

namespace Postfleet.Frontend.Session;

/// <summary>
/// Limits the time and the octets for reading the rest of refused content. The rest is read for the client to reach the reply; without a
/// limit a client could keep the session for ever. Used by the session's loop alone.
/// </summary>
internal sealed class RefusedContentLimit(SmtpOptions limits, TimeProvider time)
{
    private readonly long _since = time.GetTimestamp();
    private long _octets;

    /// <summary>The remaining time.</summary>
    public TimeSpan Left => FrontendLimits.RefusedContentTime - time.GetElapsedTime(_since);

    /// <summary>Whether the time or the octets are used up.</summary>
    public bool IsExceeded => Left <= TimeSpan.Zero || _octets > Math.Max(limits.MaxMessageSize.Bytes, FrontendLimits.RefusedContentOctets);

    /// <summary>Counts received octets.</summary>
    public void Add(long octets) => _octets += octets;
}
