namespace Postfleet.Dns;

/// <summary>How a lookup ended.</summary>
public enum DnsStatus
{
    /// <summary>The answer has records of the requested type.</summary>
    Found,

    /// <summary>The name exists, without records of the requested type.</summary>
    NoData,

    /// <summary>The name does not exist (NXDOMAIN), or cannot exist in DNS.</summary>
    NameNotFound,

    /// <summary>No server gave a usable answer (time-out, SERVFAIL, REFUSED, malformed response).</summary>
    Failed,
}
