using System.Text;
using Postfleet.Core.Mail;
using Postfleet.Core.Options;

namespace Postfleet.Frontend.Session;

/// <summary>What a server says of itself, encoded once for all of its sessions.</summary>
internal sealed class OwnReplies
{
    /// <exception cref="ArgumentException">The host name cannot be the domain of an address.</exception>
    public OwnReplies(string hostname, SmtpOptions limits)
    {
        Hostname = hostname;
        Postmaster = Mailbox.TryParse($"postmaster@{hostname}", out var postmaster)
            ? postmaster : throw new ArgumentException($"not a host name: '{hostname}'", nameof(hostname));
        Greeting = Replies.Line($"220 {hostname} ESMTP Postfleet");
        Helo = Replies.Line($"250 {hostname}");
        Ehlo = Encoding.ASCII.GetBytes(
            $"250-{hostname}\r\n250-PIPELINING\r\n250-SIZE {limits.MaxMessageSize.Bytes}\r\n250-8BITMIME\r\n250-DSN\r\n250 ENHANCEDSTATUSCODES\r\n");
    }

    public string Hostname { get; }

    /// <summary>Who the bare <c>Postmaster</c> is (RFC 5321 section 4.5.1).</summary>
    public Mailbox Postmaster { get; }

    public byte[] Greeting { get; }

    public byte[] Helo { get; }

    public byte[] Ehlo { get; }
}
