namespace Postfleet.Delivery.Options;

/// <summary>The protocol of a connection.</summary>
public enum MailProtocol
{
    /// <summary>SMTP (RFC 5321).</summary>
    Smtp,

    /// <summary>SMTP inside TLS from the first octet (RFC 8314 section 3).</summary>
    Smtps,

    /// <summary>LMTP (RFC 2033).</summary>
    Lmtp,
}
