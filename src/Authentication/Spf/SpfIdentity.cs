namespace Postfleet.Authentication.Spf;

/// <summary>The identity that a check was about (RFC 7208 sections 2.3 and 2.4).</summary>
public enum SpfIdentity
{
    /// <summary>The reverse-path of the MAIL command.</summary>
    MailFrom,

    /// <summary>The name of the client in HELO or EHLO.</summary>
    Helo,
}
