namespace Postfleet.Authentication.Spf;

/// <summary>The results of a check (RFC 7208 section 2.6).</summary>
public enum SpfResult
{
    /// <summary>There is no domain to check, or it publishes no record.</summary>
    None,

    /// <summary>The domain says nothing about the client.</summary>
    Neutral,

    /// <summary>The domain authorizes the client.</summary>
    Pass,

    /// <summary>The domain says that the client is not authorized.</summary>
    Fail,

    /// <summary>The domain says that the client is probably not authorized.</summary>
    SoftFail,

    /// <summary>A lookup failed; a later check may have another result.</summary>
    TempError,

    /// <summary>The published records cannot be interpreted.</summary>
    PermError,
}
