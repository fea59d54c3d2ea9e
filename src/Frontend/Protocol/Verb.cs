namespace Postfleet.Frontend.Protocol;

/// <summary>The commands of RFC 5321 section 4.1.1, and what is none of them.</summary>
internal enum Verb
{
    Unknown,

    /// <summary>A word of another protocol: a method of HTTP, or the name of a header field.</summary>
    Foreign,
    Helo,
    Ehlo,
    Mail,
    Rcpt,
    Data,
    Rset,
    Noop,
    Vrfy,
    Expn,
    Help,
    Quit,

    /// <summary>RFC 3207.</summary>
    StartTls,

    /// <summary>RFC 3030.</summary>
    Bdat,
}
