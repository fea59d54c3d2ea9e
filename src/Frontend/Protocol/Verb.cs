namespace Postfleet.Frontend.Protocol;

/// <summary>The commands of RFC 5321 section 4.1.1 and of the extensions.</summary>
internal enum Verb
{
    Unknown,

    /// <summary>A method of HTTP or the name of a header field: the client speaks another protocol.</summary>
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

    /// <summary>RFC 4954.</summary>
    Auth,
}
