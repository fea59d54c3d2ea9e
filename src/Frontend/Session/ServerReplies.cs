using System.Text;
using Postfleet.Core.Mail;
using Postfleet.Frontend.Options;

namespace Postfleet.Frontend.Session;

/// <summary>The replies that depend on the configuration: greeting, HELO and EHLO, encoded once. All sessions share them.</summary>
internal sealed class ServerReplies
{
    private readonly byte[] _plainEhlo;
    private readonly byte[] _secureEhlo;

    /// <exception cref="ArgumentException">The host name is not valid as the domain of an address.</exception>
    public ServerReplies(string hostname, SmtpOptions limits, bool hasTls)
    {
        Hostname = hostname;
        Postmaster = Mailbox.TryParse($"postmaster@{hostname}", out var postmaster)
            ? postmaster : throw new ArgumentException($"not a host name: '{hostname}'", nameof(hostname));
        Greeting = Replies.Line($"220 {hostname} ESMTP Postfleet");
        Helo = Replies.Line($"250 {hostname}");
        HasTls = hasTls;
        string[] common = [hostname, "PIPELINING", $"SIZE {limits.MaxMessageSize.Bytes}", "8BITMIME", "SMTPUTF8", "CHUNKING", "DSN",
            $"LIMITS MAILMAX={limits.MaxMessagesPerConnection} RCPTMAX={limits.MaxRecipients}", "ENHANCEDSTATUSCODES"];
        // REQUIRETLS is offered under TLS alone (RFC 8689 section 2).
        _secureEhlo = Lines([.. common, "REQUIRETLS"]);
        _plainEhlo = Lines(hasTls ? [.. common, "STARTTLS"] : common);
    }

    /// <summary>The name of this host.</summary>
    public string Hostname { get; }

    /// <summary>The mailbox <c>postmaster</c> at this host's name, for the address without a domain (RFC 5321 section 4.5.1).</summary>
    public Mailbox Postmaster { get; }

    /// <summary>The 220 reply to a connection.</summary>
    public byte[] Greeting { get; }

    /// <summary>The reply to HELO.</summary>
    public byte[] Helo { get; }

    /// <summary>Whether TLS is available: a certificate is configured.</summary>
    public bool HasTls { get; }

    /// <summary>The reply to EHLO. The offered extensions depend on whether TLS is active (RFC 3207 section 4.2).</summary>
    public byte[] Ehlo(bool isSecure) => isSecure ? _secureEhlo : _plainEhlo;

    private static byte[] Lines(string[] lines) =>
        Encoding.ASCII.GetBytes(string.Concat(lines.Select((line, i) => $"250{(i == lines.Length - 1 ? ' ' : '-')}{line}\r\n")));
}
