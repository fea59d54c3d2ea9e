namespace Postfleet.Authentication.Dmarc;

/// <summary>What a domain asks receivers to do with messages that fail (RFC 9989 section 4.7, tag <c>p</c>), from mild to strict.</summary>
public enum DmarcPolicy
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>Treat the message as suspicious.</summary>
    Quarantine,

    /// <summary>Refuse the message.</summary>
    Reject,
}
