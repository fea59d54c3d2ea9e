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

    /// <summary>RCPT was accepted at least once.</summary>
    Recipients,

    /// <summary>BDAT was accepted at least once, and never with LAST (RFC 3030 section 2).</summary>
    Chunks,
}
