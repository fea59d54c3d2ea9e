using System.Buffers;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;
using Postfleet.Frontend.Common;

namespace Postfleet.Frontend.Protocol;

/// <summary>Writes the trace header (RFC 5321 section 4.4), and finds 8-bit headers. Pure.</summary>
internal static class TraceHeaders
{
    /// <summary>The keyword of the protocol (RFC 3848, RFC 6531 section 4.3). HELO under TLS has no keyword of its own.</summary>
    public static string Protocol(bool isExtended, bool isSecure, bool isUtf8, bool isAuthenticated) =>
        (isUtf8, isExtended, isSecure, isAuthenticated) switch
        {
            (true, _, true, true) => "UTF8SMTPSA",
            (true, _, false, true) => "UTF8SMTPA",
            (true, _, true, _) => "UTF8SMTPS",
            (true, _, false, _) => "UTF8SMTP",
            (_, true, true, true) => "ESMTPSA",
            (_, true, false, true) => "ESMTPA",
            (_, true, true, _) => "ESMTPS",
            (_, true, false, _) => "ESMTP",
            _ => "SMTP",
        };

    /// <summary>
    /// Writes the Received header of a message, with the TLS cipher suite if any (RFC 8314 section 4.3).
    /// </summary>
    public static byte[] Received(
        string clientName, IPAddress clientAddress, string hostname, string protocol, string? cipher, MessageId id, Mailbox? onlyRecipient,
        DateTimeOffset now, string? user = null, int? priority = null)
    {
        var literal = clientAddress.AddressFamily == AddressFamily.InterNetworkV6 ? $"IPv6:{WithoutScope(clientAddress)}"
            : clientAddress.ToString();
        // A non-ASCII recipient is omitted: with it only hosts with SMTPUTF8 would accept the header, and a report could not return the
        // whole message.
        var forClause = onlyRecipient is null || !Ascii.IsValid(onlyRecipient.Address) ? "" : $"\r\n\tfor <{onlyRecipient.Address}>";
        var tlsClause = cipher is null ? "" : $"\r\n\ttls {cipher}";
        // A comment, as Postfix writes it. Names of users have no other characters that end a comment (RFC 5322 section 3.2.2).
        var userComment = user is null ? "" : $"\r\n\t(authenticated user {Commented(user)})";
        // RFC 6710 section 7.
        var priorityClause = priority is { } given ? string.Create(CultureInfo.InvariantCulture, $"\r\n\tpriority {given}") : "";
        var date = now.ToUniversalTime().ToString("ddd, d MMM yyyy HH:mm:ss +0000", CultureInfo.InvariantCulture);
        return Encoding.ASCII.GetBytes(
            $"Received: from {Clean(clientName)} ([{literal}]){userComment}\r\n" +
            $"\tby {hostname} with {protocol} id {id}{forClause}{tlsClause}{priorityClause};\r\n\t{date}\r\n");
    }

    /// <summary>Whether the header of a message has an octet above 127.</summary>
    public static bool HasEightBit(ReadOnlySequence<byte> content)
    {
        var reader = new SequenceReader<byte>(content);
        while (reader.TryReadTo(out ReadOnlySequence<byte> line, "\r\n"u8))
        {
            if (line.IsEmpty) return false;
            foreach (var memory in line) if (!Ascii.IsValid(memory.Span)) return true;
        }

        foreach (var memory in reader.UnreadSequence) if (!Ascii.IsValid(memory.Span)) return true;
        return false;
    }

    // Without the characters of comments, and without non-ASCII characters, with which the header would need SMTPUTF8.
    private static string Commented(string user) => new([.. user.Select(c => char.IsAscii(c) && c is not ('(' or ')' or '\\') ? c : '?')]);

    // The scope of a link-local address is local to this host, and the grammar of address literals has none.
    private static IPAddress WithoutScope(IPAddress address) => address.ScopeId == 0 ? address : new IPAddress(address.GetAddressBytes());

    // The client's name must not break the syntax of the header.
    private static string Clean(string name)
    {
        var clean = new string(
            [.. name.Take(FrontendLimits.HelloName)
                .Where(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_' or ':' or '[' or ']')]);
        return clean.Length == 0 ? "unknown" : clean;
    }
}
