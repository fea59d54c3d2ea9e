using Postfleet.Core.Units;

namespace Postfleet.Delivery.Options;

/// <summary>Section <c>Delivery</c>: how mail is sent.</summary>
public sealed record DeliveryOptions
{
    /// <summary>Port of MX hosts.</summary>
    public int Port { get; init; } = 25;

    /// <summary>
    /// Whether <c>mx</c> routes may connect to loopback addresses. The DNS of other domains names the hosts of these routes, so the setting
    /// is for tests only.
    /// </summary>
    public bool AllowLoopbackMx { get; init; }

    /// <summary>The maximum number of connections to one site at a time, over the whole cluster.</summary>
    public int MaxConnectionsPerSite { get; init; } = 20;

    /// <summary>
    /// The maximum rate of messages to one site, over the whole cluster. Each transaction counts; local delivery does not.
    /// </summary>
    public Rate MaxRatePerSite { get; init; } = Rate.None;

    /// <summary>The number of messages after which a connection is closed.</summary>
    public int MaxMessagesPerConnection { get; init; } = 100;

    /// <summary>The maximum number of recipients of one transaction. RFC 5321 section 4.5.3.1.8: every server accepts 100.</summary>
    public int MaxRecipientsPerTransaction { get; init; } = 100;

    /// <summary>The time after which an idle connection is closed.</summary>
    public TimeSpan IdleConnection { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>The treatment of octets above 127 for hosts without 8BITMIME (RFC 6152).</summary>
    public ContentRule EightBit { get; init; } = ContentRule.Auto;

    /// <summary>The treatment of lines longer than 998 octets (RFC 5321 section 4.5.3.1.6).</summary>
    public ContentRule LongLines { get; init; } = ContentRule.Auto;

    /// <summary>
    /// The maximum number of connections of a node to one host to which mail is passed on before it is accepted. Beside the others.
    /// </summary>
    public int MaxProxyConnections { get; init; } = 20;

    /// <summary>Section <c>Delivery:Tls</c>.</summary>
    public DeliveryTlsOptions Tls { get; init; } = new();

    /// <summary>The time-outs of the dialogue.</summary>
    public DeliveryTimeoutOptions Timeouts { get; init; } = new();
}

/// <summary>The TLS of delivery.</summary>
public sealed record DeliveryTlsOptions
{
    /// <summary>
    /// The file with certificates of authorities trusted in addition to the system's, in PEM form; empty for none.
    /// </summary>
    public string Authorities { get; init; } = "";

    /// <summary>Whether mail is sent by the MTA-STS policies of domains (RFC 8461).</summary>
    public bool MtaSts { get; init; }

    /// <summary>Whether mail is sent by the TLSA records of mail hosts (DANE, RFC 7672).</summary>
    public bool Dane { get; init; }

    /// <summary>The port at which policies are fetched.</summary>
    public int MtaStsPort { get; init; } = 443;
}

/// <summary>How long a remote host may take (RFC 5321 section 4.5.3.2, whose minimums are the defaults).</summary>
public sealed record DeliveryTimeoutOptions
{
    /// <summary>For the TCP connection, each address. As Postfix's smtp_connect_timeout.</summary>
    public TimeSpan Connect { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>For the 220 greeting.</summary>
    public TimeSpan Greeting { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>For the TLS handshake. A handshake takes a few round trips.</summary>
    public TimeSpan Tls { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>For the replies to EHLO, HELO, MAIL and RCPT.</summary>
    public TimeSpan Command { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>For the 354 to DATA.</summary>
    public TimeSpan DataStart { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>For the host to accept each block of content.</summary>
    public TimeSpan DataBlock { get; init; } = TimeSpan.FromMinutes(3);

    /// <summary>For the reply to the final dot. A shorter time causes duplicates.</summary>
    public TimeSpan DataEnd { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>For the replies to RSET and QUIT. As Postfix's smtp_rset_timeout.</summary>
    public TimeSpan Quit { get; init; } = TimeSpan.FromSeconds(20);
}
