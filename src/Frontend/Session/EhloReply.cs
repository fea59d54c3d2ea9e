using System.Text;
using Postfleet.Contracts.Receiving;
using Postfleet.Frontend.Options;

namespace Postfleet.Frontend.Session;

/// <summary>
/// The reply to EHLO in the sessions of one listener: the extensions of every listener, then those of the listener's profile. Encoded once.
/// The offered extensions depend on whether TLS is active (RFC 3207 section 4.2). Immutable; shared by the sessions of the listener.
/// </summary>
internal sealed class EhloReply
{
    private readonly byte[] _plain;
    private readonly byte[] _secure;

    /// <param name="hostname">The name of this host.</param>
    /// <param name="limits">The limits that extensions announce.</param>
    /// <param name="listener">The properties of the listener.</param>
    public EhloReply(string hostname, SmtpOptions limits, ListenerProfile listener)
    {
        EhloKeyword[] keywords =
        [
            new("PIPELINING"), new($"SIZE {limits.MaxMessageSize.Bytes}"), new("8BITMIME"), new("SMTPUTF8"), new("CHUNKING"), new("DSN"),
            new($"LIMITS MAILMAX={limits.MaxMessagesPerConnection} RCPTMAX={limits.MaxRecipients}"), new("ENHANCEDSTATUSCODES"),
            // RFC 8689 section 2.
            new("REQUIRETLS", NeedsTls: true),
            .. listener.Keywords,
        ];
        string[] offered = [.. keywords.Where(keyword => !keyword.NeedsTls).Select(keyword => keyword.Text)];
        _plain = Lines([hostname, .. offered, .. listener.Tls == ListenerTls.StartTls ? ["STARTTLS"] : Array.Empty<string>()]);
        _secure = Lines([hostname, .. keywords.Select(keyword => keyword.Text)]);
    }

    /// <summary>The reply with its CRLF.</summary>
    /// <param name="isSecure">Whether TLS is active.</param>
    public byte[] Octets(bool isSecure) => isSecure ? _secure : _plain;

    private static byte[] Lines(string[] lines) =>
        Encoding.ASCII.GetBytes(string.Concat(lines.Select((line, i) => $"250{(i == lines.Length - 1 ? ' ' : '-')}{line}\r\n")));
}
