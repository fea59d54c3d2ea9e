namespace Postfleet.Frontend.Session;

/// <summary>How far a session is (RFC 5321 section 4.1.4).</summary>
internal enum SessionState
{
    /// <summary>Neither HELO nor EHLO yet.</summary>
    Connected,

    /// <summary>Greeted, no transaction.</summary>
    Greeted,

    /// <summary>MAIL was taken.</summary>
    Mail,

    /// <summary>As <see cref="Mail"/>, and every RCPT was refused.</summary>
    Refused,

    /// <summary>At least one RCPT was taken.</summary>
    Recipients,

    /// <summary>At least one BDAT was taken, and the last one is still to come (RFC 3030 section 2).</summary>
    Chunks,
}
