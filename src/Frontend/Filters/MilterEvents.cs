using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Postfleet.Contracts.Receiving;
using Postfleet.Core.Mail;
using Postfleet.Frontend.Filters.Protocol;

namespace Postfleet.Frontend.Filters;

/// <summary>A command that a filter is to get: with its data, and the macros that belong to it. Immutable.</summary>
internal sealed record MilterEvent(MilterCommand Command, byte[] Data, IReadOnlyDictionary<string, string> Macros);

/// <summary>Makes the commands of the stages, and the values of macros. Pure.</summary>
internal static class MilterEvents
{
    private static readonly Dictionary<string, string> NoMacros = [];

    /// <summary>The connection of the client.</summary>
    public static MilterEvent Connect(ISessionView session)
    {
        // As sendmail names a client without a known name. The port is not known.
        var name = MilterFrames.Texts($"[{session.Client}]");
        var isV6 = session.Client.AddressFamily == AddressFamily.InterNetworkV6;
        byte[] data = [.. name, (byte)(isV6 ? '6' : '4'), 0, 0, .. MilterFrames.Texts(AddressOf(session.Client))];
        return new MilterEvent(MilterCommand.Connect, data, NoMacros);
    }

    /// <summary>HELO or EHLO.</summary>
    public static MilterEvent Hello(string name) => new(MilterCommand.Hello, MilterFrames.Texts(name), NoMacros);

    /// <summary>MAIL.</summary>
    public static MilterEvent Mail(in MailSubject subject)
    {
        var sender = subject.ReversePath?.Address ?? "";
        return new MilterEvent(
            MilterCommand.Mail,
            subject.DeclaredSize is { } size
                ? MilterFrames.Texts($"<{sender}>", string.Create(CultureInfo.InvariantCulture, $"SIZE={size}"))
                : MilterFrames.Texts($"<{sender}>"),
            new Dictionary<string, string>
            {
                ["{mail_addr}"] = sender,
                ["{mail_host}"] = subject.ReversePath?.Domain.Value ?? "",
                ["{mail_mailer}"] = Mailer,
            });
    }

    /// <summary>RCPT.</summary>
    public static MilterEvent Recipient(in RecipientSubject subject)
    {
        List<string> texts = [$"<{subject.Recipient.Address}>"];
        if (NotifyOf(subject.Request.Notify) is { } notify) texts.Add($"NOTIFY={notify}");
        if (subject.Request.OriginalRecipient.Length > 0) texts.Add($"ORCPT={subject.Request.OriginalRecipient}");
        return new MilterEvent(MilterCommand.Recipient, MilterFrames.Texts([.. texts]), new Dictionary<string, string>
        {
            ["{rcpt_addr}"] = subject.Recipient.Address,
            ["{rcpt_host}"] = subject.Recipient.Domain.Value,
            ["{rcpt_mailer}"] = Mailer,
        });
    }

    /// <summary>A command that the server does not know.</summary>
    public static MilterEvent Unknown(string line) => new(MilterCommand.Unknown, MilterFrames.Texts(line), NoMacros);

    /// <summary>The value of a macro of the session; null for none.</summary>
    /// <param name="session">The session.</param>
    /// <param name="hostname">The name of this host.</param>
    /// <param name="name">The name of the macro, in braces if it has several letters.</param>
    public static string? ValueOf(ISmtpSession session, string hostname, string name) => name switch
    {
        "j" or "{if_name}" => hostname,
        "v" => "Postfleet",
        "_" => $"unknown [{session.Client}]",
        "{daemon_name}" => session.Listener.Service,
        "{daemon_addr}" => Endpoint(session)?.Address.ToString(),
        "{daemon_port}" => Endpoint(session)?.Port.ToString(CultureInfo.InvariantCulture),
        "{client_addr}" => AddressOf(session.Client),
        "{client_name}" => $"[{session.Client}]",
        "{client_ptr}" => "unknown",
        "{client_resolve}" => "FAIL",
        "{client_port}" => "0",
        "{tls_version}" => session.Tls?.Version,
        "{cipher}" => session.Tls?.Cipher,
        "{cipher_bits}" => session.Tls is { } tls ? BitsOf(tls.Cipher) : null,
        "{auth_type}" => session.AuthenticatedUser is null ? null : session.AuthenticationMechanism,
        "{auth_authen}" => session.AuthenticatedUser,
        _ => null,
    };

    // Filters tell by it that a recipient is not refused.
    private const string Mailer = "smtp";

    private static string AddressOf(IPAddress client) =>
        client.AddressFamily == AddressFamily.InterNetworkV6 ? $"IPv6:{new IPAddress(client.GetAddressBytes())}" : client.ToString();

    private static IPEndPoint? Endpoint(ISmtpSession session) =>
        IPEndPoint.TryParse(session.Listener.Endpoint, out var endpoint) ? endpoint : null;

    // All suites with other keys are gone from the versions that are offered.
    private static string BitsOf(string cipher) => cipher.Contains("AES_128", StringComparison.Ordinal) ? "128" : "256";

    /// <summary>The value of NOTIFY (RFC 3461 section 4.1); null for none.</summary>
    public static string? NotifyOf(NotifyOn notify)
    {
        if (notify == NotifyOn.Unspecified) return null;
        if (notify == NotifyOn.Never) return "NEVER";
        NotifyOn[] all = [NotifyOn.Success, NotifyOn.Failure, NotifyOn.Delay];
        return string.Join(',', all.Where(on => (notify & on) != 0).Select(on => on.ToString().ToUpperInvariant()));
    }
}
