using System.Buffers;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;

namespace Postfleet.Frontend.Protocol;

/// <summary>The trace header that each host adds (RFC 5321 section 4.4), and the count of those that are there.</summary>
internal static class TraceHeaders
{
    private const int MaxName = 255;

    /// <summary>The protocol's keyword (RFC 3848, RFC 6531 section 4.3). There is none for HELO under TLS.</summary>
    public static string Protocol(bool isExtended, bool isSecure, bool isUtf8) => (isUtf8, isExtended, isSecure) switch
    {
        (true, _, true) => "UTF8SMTPS",
        (true, _, false) => "UTF8SMTP",
        (_, true, true) => "ESMTPS",
        (_, true, false) => "ESMTP",
        _ => "SMTP",
    };

    /// <summary>
    /// Writes the header for a message that is about to be received; with the TLS cipher suite, where there is one (RFC 8314 section 4.3).
    /// </summary>
    public static byte[] Received(
        string clientName, IPAddress clientAddress, string hostname, string protocol, string? cipher, MessageId id, Mailbox? onlyRecipient,
        DateTimeOffset now)
    {
        var literal = clientAddress.AddressFamily == AddressFamily.InterNetworkV6 ? $"IPv6:{WithoutScope(clientAddress)}"
            : clientAddress.ToString();
        // A recipient in UTF-8 is not named: it would make the header one for hosts with SMTPUTF8 alone, and a report could not return the
        // message whole.
        var forClause = onlyRecipient is null || !Ascii.IsValid(onlyRecipient.Address) ? "" : $"\r\n\tfor <{onlyRecipient.Address}>";
        var tlsClause = cipher is null ? "" : $"\r\n\ttls {cipher}";
        var date = now.ToUniversalTime().ToString("ddd, d MMM yyyy HH:mm:ss +0000", CultureInfo.InvariantCulture);
        return Encoding.ASCII.GetBytes(
            $"Received: from {Clean(clientName)} ([{literal}])\r\n\tby {hostname} with {protocol} id {id}{forClause}{tlsClause};\r\n\t{date}\r\n");
    }

    /// <summary>Counts the Received headers at the head of some content.</summary>
    public static int CountHops(ReadOnlySequence<byte> content)
    {
        var reader = new SequenceReader<byte>(content);
        var hops = 0;
        while (reader.TryReadTo(out ReadOnlySequence<byte> line, "\r\n"u8))
        {
            if (line.IsEmpty) break;
            if (IsReceived(line)) hops++;
        }

        return hops;
    }

    /// <summary>Whether there is an octet above 127 in the header of some content.</summary>
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

    private static bool IsReceived(ReadOnlySequence<byte> line)
    {
        const int Length = 9;
        if (line.Length < Length) return false;
        Span<byte> name = stackalloc byte[Length];
        line.Slice(0, Length).CopyTo(name);
        return Ascii.EqualsIgnoreCase(name, "received:"u8);
    }

    // The interface of a link-local address means nothing elsewhere, and is not in the grammar of a literal.
    private static IPAddress WithoutScope(IPAddress address) => address.ScopeId == 0 ? address : new IPAddress(address.GetAddressBytes());

    // What a client calls itself is not to be trusted with the syntax of a header.
    private static string Clean(string name)
    {
        var clean = new string(
            [.. name.Take(MaxName).Where(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_' or ':' or '[' or ']')]);
        return clean.Length == 0 ? "unknown" : clean;
    }
}
