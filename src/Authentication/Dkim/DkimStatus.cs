namespace Postfleet.Authentication.Dkim;

/// <summary>The result for one DKIM signature, in the words of RFC 8601 section 2.7.1.</summary>
public enum DkimStatus
{
    /// <summary>The signature is right.</summary>
    Pass,

    /// <summary>The signature, or the hash of the body, is wrong or expired.</summary>
    Fail,

    /// <summary>The key could not be fetched now. A later attempt may have another result.</summary>
    TempError,

    /// <summary>The signature or its key is missing, invalid, revoked or not acceptable. A later attempt has the same result.</summary>
    PermError,
}
