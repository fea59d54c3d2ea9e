namespace Postfleet.Frontend.Session;

/// <summary>The state of a session (RFC 5321 section 4.1.4).</summary>
internal enum SessionState
{
    /// <summary>No HELO or EHLO yet.</summary>
    Connected,

    /// <summary>After HELO or EHLO, outside of a transaction.</summary>
    Greeted,

    /// <summary>MAIL was accepted.</summary>
    Mail,

    /// <summary>MAIL was accepted, and every RCPT so far was refused.</summary>
    Refused,

    /// <summary>At least one RCPT was accepted.</summary>
    Recipients,

    /// <summary>At least one BDAT was accepted, and none with LAST (RFC 3030 section 2).</summary>
    Chunks,
}
