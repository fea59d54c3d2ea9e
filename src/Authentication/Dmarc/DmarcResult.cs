namespace Postfleet.Authentication.Dmarc;

/// <summary>The results of an evaluation (RFC 9989 section 9.2).</summary>
public enum DmarcResult
{
    /// <summary>DMARC does not apply: no policy record was found, or there is no author domain.</summary>
    None,

    /// <summary>An authenticated domain is aligned with the author domain.</summary>
    Pass,

    /// <summary>A policy record was found, and no authenticated domain is aligned.</summary>
    Fail,

    /// <summary>A lookup failed; a later evaluation may have another result.</summary>
    TempError,

    /// <summary>The message cannot be evaluated: its author domains are unreadable or too many.</summary>
    PermError,
}
