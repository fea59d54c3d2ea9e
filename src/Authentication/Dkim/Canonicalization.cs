namespace Postfleet.Authentication.Dkim;

/// <summary>A canonicalization algorithm of DKIM (RFC 6376 section 3.4), for the header or for the body.</summary>
public enum Canonicalization
{
    /// <summary>Almost no change: line ends, and the empty lines at the end of the body.</summary>
    Simple,

    /// <summary>White space is reduced, field names are in lower case, and folded fields are unfolded.</summary>
    Relaxed,
}
