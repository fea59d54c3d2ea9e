using System.Text;
using Postfleet.Contracts.Receiving;
using Postfleet.Frontend.Options;

namespace Postfleet.Frontend.Session;

/// <summary>
/// The reply to EHLO in the sessions of one listener: the extensions of every listener, then those of the listener's profile. Encoded once.
/// The offered extensions depend on whether TLS is active (RFC 3207 section 4.2). Shared by the sessions of the listener; thread-safe.
/// </summary>
internal sealed class EhloReply
{
    private readonly string[] _plain;
    private readonly string[] _secure;
    private readonly string[] _startTls;
    private readonly Func<IReadOnlyList<string>> _mechanisms;
    private readonly Func<IReadOnlyList<string>> _extensions;
    private volatile Encoded _encoded;

    /// <param name="hostname">The name of this host.</param>
    /// <param name="limits">The limits that extensions announce.</param>
    /// <param name="listener">The properties of the listener.</param>
    /// <param name="mechanisms">Gives the mechanisms of AUTH (RFC 4954 section 3), another list when they change; empty where AUTH is not
    /// offered.</param>
    /// <param name="extensions">Gives further lines, another list when they change.</param>
    public EhloReply(
        string hostname, SmtpOptions limits, ListenerProfile listener, Func<IReadOnlyList<string>> mechanisms,
        Func<IReadOnlyList<string>> extensions)
    {
        EhloKeyword[] keywords =
        [
            new("PIPELINING"), new($"SIZE {limits.MaxMessageSize.Bytes}"), new("8BITMIME"), new("SMTPUTF8"), new("CHUNKING"), new("DSN"),
            new($"LIMITS MAILMAX={limits.MaxMessagesPerConnection} RCPTMAX={limits.MaxRecipients}"), new("ENHANCEDSTATUSCODES"),
            // RFC 8689 section 2.
            new("REQUIRETLS", NeedsTls: true),
            .. listener.Keywords,
        ];
        _plain = [hostname, .. keywords.Where(keyword => !keyword.NeedsTls).Select(keyword => keyword.Text)];
        _secure = [hostname, .. keywords.Select(keyword => keyword.Text)];
        _startTls = listener.Tls == ListenerTls.StartTls ? ["STARTTLS"] : [];
        (_mechanisms, _extensions) = (mechanisms, extensions);
        _encoded = Encode(mechanisms(), extensions());
    }

    /// <summary>The reply with its CRLF.</summary>
    /// <param name="isSecure">Whether TLS is active.</param>
    /// <param name="mayAuthenticate">Whether the client may authenticate without TLS.</param>
    public byte[] Octets(bool isSecure, bool mayAuthenticate)
    {
        var encoded = _encoded;
        var (mechanisms, extensions) = (_mechanisms(), _extensions());
        if (!ReferenceEquals(encoded.Mechanisms, mechanisms) || !ReferenceEquals(encoded.Extensions, extensions))
            _encoded = encoded = Encode(mechanisms, extensions);
        return isSecure ? encoded.Secure : mayAuthenticate ? encoded.PlainWithAuthentication : encoded.Plain;
    }

    private Encoded Encode(IReadOnlyList<string> mechanisms, IReadOnlyList<string> extensions)
    {
        string[] authentication = mechanisms.Count == 0 ? [] : [$"AUTH {string.Join(' ', mechanisms)}"];
        // A channel binding needs TLS.
        string[] unbound = mechanisms.Count == 0 ? []
            : [$"AUTH {string.Join(' ', mechanisms.Where(name => !name.EndsWith("-PLUS", StringComparison.Ordinal)))}"];
        return new Encoded(
            mechanisms, extensions, Lines([.. _plain, .. extensions, .. _startTls]),
            Lines([.. _plain, .. extensions, .. unbound, .. _startTls]), Lines([.. _secure, .. extensions, .. authentication]));
    }

    private static byte[] Lines(string[] lines) =>
        Encoding.ASCII.GetBytes(string.Concat(lines.Select((line, i) => $"250{(i == lines.Length - 1 ? ' ' : '-')}{line}\r\n")));

    private sealed record Encoded(
        IReadOnlyList<string> Mechanisms, IReadOnlyList<string> Extensions, byte[] Plain, byte[] PlainWithAuthentication, byte[] Secure);
}
