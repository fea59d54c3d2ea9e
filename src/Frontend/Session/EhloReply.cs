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
    private readonly byte[] _plainWithAuthentication;

    /// <param name="hostname">The name of this host.</param>
    /// <param name="limits">The limits that extensions announce.</param>
    /// <param name="listener">The properties of the listener.</param>
    /// <param name="mechanisms">The mechanisms of AUTH (RFC 4954 section 3); empty where it is not offered.</param>
    public EhloReply(string hostname, SmtpOptions limits, ListenerProfile listener, IReadOnlyList<string> mechanisms)
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
        string[] startTls = listener.Tls == ListenerTls.StartTls ? ["STARTTLS"] : [];
        string[] authentication = mechanisms.Count == 0 ? [] : [$"AUTH {string.Join(' ', mechanisms)}"];
        // A channel binding needs TLS.
        string[] unbound = mechanisms.Count == 0 ? []
            : [$"AUTH {string.Join(' ', mechanisms.Where(name => !name.EndsWith("-PLUS", StringComparison.Ordinal)))}"];
        _plain = Lines([hostname, .. offered, .. startTls]);
        _plainWithAuthentication = Lines([hostname, .. offered, .. unbound, .. startTls]);
        _secure = Lines([hostname, .. keywords.Select(keyword => keyword.Text), .. authentication]);
    }

    /// <summary>The reply with its CRLF.</summary>
    /// <param name="isSecure">Whether TLS is active.</param>
    /// <param name="mayAuthenticate">Whether the client may authenticate without TLS.</param>
    public byte[] Octets(bool isSecure, bool mayAuthenticate) =>
        isSecure ? _secure : mayAuthenticate ? _plainWithAuthentication : _plain;

    private static byte[] Lines(string[] lines) =>
        Encoding.ASCII.GetBytes(string.Concat(lines.Select((line, i) => $"250{(i == lines.Length - 1 ? ' ' : '-')}{line}\r\n")));
}
