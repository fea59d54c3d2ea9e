using Postfleet.Core.Mail;

namespace Postfleet.Frontend.Session;

/// <summary>The replies with the name of this host: greeting and HELO, encoded once. All sessions share them.</summary>
internal sealed class ServerReplies
{
    /// <exception cref="ArgumentException">The host name is not valid as the domain of an address.</exception>
    public ServerReplies(string hostname)
    {
        Hostname = hostname;
        Postmaster = Mailbox.TryParse($"postmaster@{hostname}", out var postmaster)
            ? postmaster : throw new ArgumentException($"not a host name: '{hostname}'", nameof(hostname));
        Greeting = Replies.Line($"220 {hostname} ESMTP Postfleet");
        Helo = Replies.Line($"250 {hostname}");
    }

    /// <summary>The name of this host.</summary>
    public string Hostname { get; }

    /// <summary>The mailbox <c>postmaster</c> at this host's name, for the address without a domain (RFC 5321 section 4.5.1).</summary>
    public Mailbox Postmaster { get; }

    /// <summary>The 220 reply to a connection.</summary>
    public byte[] Greeting { get; }

    /// <summary>The reply to HELO.</summary>
    public byte[] Helo { get; }
}
