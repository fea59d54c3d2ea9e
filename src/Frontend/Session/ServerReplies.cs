using System.Text;
using Postfleet.Core.Mail;
using Postfleet.Frontend.Options;

namespace Postfleet.Frontend.Session;

/// <summary>What a server says of itself, encoded once for all of its sessions.</summary>
internal sealed class ServerReplies
{
    private readonly byte[] _plainEhlo;
    private readonly byte[] _secureEhlo;

    /// <exception cref="ArgumentException">The host name cannot be the domain of an address.</exception>
    public ServerReplies(string hostname, SmtpOptions limits, bool hasTls)
    {
        Hostname = hostname;
        Postmaster = Mailbox.TryParse($"postmaster@{hostname}", out var postmaster)
            ? postmaster : throw new ArgumentException($"not a host name: '{hostname}'", nameof(hostname));
        Greeting = Replies.Line($"220 {hostname} ESMTP Postfleet");
        Helo = Replies.Line($"250 {hostname}");
        HasTls = hasTls;
        string[] always = [hostname, "PIPELINING", $"SIZE {limits.MaxMessageSize.Bytes}", "8BITMIME", "SMTPUTF8", "CHUNKING", "DSN",
            $"LIMITS MAILMAX={limits.MaxMessagesPerConnection} RCPTMAX={limits.MaxRecipients}", "ENHANCEDSTATUSCODES"];
        // REQUIRETLS is offered under TLS alone (RFC 8689 section 2).
        _secureEhlo = Lines([.. always, "REQUIRETLS"]);
        _plainEhlo = Lines(hasTls ? [.. always, "STARTTLS"] : always);
    }

    public string Hostname { get; }

    /// <summary>Who the bare <c>Postmaster</c> is (RFC 5321 section 4.5.1).</summary>
    public Mailbox Postmaster { get; }

    public byte[] Greeting { get; }

    public byte[] Helo { get; }

    /// <summary>Whether there is a certificate, so that TLS can be had.</summary>
    public bool HasTls { get; }

    /// <summary>The answer to EHLO; what is offered depends on whether TLS is active (RFC 3207 section 4.2).</summary>
    public byte[] Ehlo(bool isSecure) => isSecure ? _secureEhlo : _plainEhlo;

    private static byte[] Lines(string[] lines) =>
        Encoding.ASCII.GetBytes(string.Concat(lines.Select((line, i) => $"250{(i == lines.Length - 1 ? ' ' : '-')}{line}\r\n")));
}
