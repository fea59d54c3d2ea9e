using System.Buffers;
using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Postfleet.Frontend.Protocol;

/// <summary>The result of parsing a PROXY header.</summary>
internal enum ProxyResult
{
    /// <summary>More octets are needed.</summary>
    Incomplete,

    /// <summary>The header is missing or malformed; the connection must be closed.</summary>
    Invalid,

    /// <summary>
    /// The proxy connects on its own behalf, as in a health check, or does not know the client: the connection's own address counts.
    /// </summary>
    Local,

    /// <summary>The header names a client.</summary>
    Client,
}

/// <summary>
/// Parses the header of a proxy before the client's octets, in version 1 (a line) or 2 (binary) of HAProxy's PROXY protocol. The
/// extensions (TLVs) of version 2 are ignored. Pure.
/// </summary>
internal static class ProxyHeader
{
    /// <summary>
    /// Longest accepted header in octets. Version 1 allows 107; version 2 allows 64 KiB, of which proxies use some hundreds.
    /// </summary>
    public const int MaxLength = 4096;

    private const int MaxLine = 107;
    private const int Fixed = 16;

    private static ReadOnlySpan<byte> Signature => "\r\n\r\n\0\r\nQUIT\n"u8;

    private static ReadOnlySpan<byte> Keyword => "PROXY "u8;

    /// <summary>Parses the header at the begin of the input.</summary>
    /// <param name="input">The input so far.</param>
    /// <param name="length">The length of the header in octets, where it is complete.</param>
    /// <param name="client">The client's address; null if the header names none.</param>
    public static ProxyResult Parse(ReadOnlySequence<byte> input, out int length, out IPAddress? client)
    {
        Span<byte> octets = stackalloc byte[(int)Math.Min(input.Length, MaxLength)];
        input.Slice(0, octets.Length).CopyTo(octets);
        (length, client) = (0, null);
        if (Begins(octets, Signature)) return octets.Length < Fixed ? ProxyResult.Incomplete : ParseBinary(octets, out length, out client);
        return Begins(octets, Keyword) ? ParseLine(octets, out length, out client) : ProxyResult.Invalid;
    }

    // Compares as many octets as have arrived.
    private static bool Begins(ReadOnlySpan<byte> octets, ReadOnlySpan<byte> with)
    {
        var common = Math.Min(octets.Length, with.Length);
        return octets[..common].SequenceEqual(with[..common]);
    }

    private static ProxyResult ParseLine(ReadOnlySpan<byte> octets, out int length, out IPAddress? client)
    {
        (length, client) = (0, null);
        var end = octets[..Math.Min(octets.Length, MaxLine)].IndexOf("\r\n"u8);
        if (end < 0) return octets.Length >= MaxLine ? ProxyResult.Invalid : ProxyResult.Incomplete;
        length = end + 2;
        if (!Ascii.IsValid(octets[..end])) return ProxyResult.Invalid;
        var words = Encoding.ASCII.GetString(octets[..end]).Split(' ');
        if (words is [_, "UNKNOWN", ..]) return ProxyResult.Local;
        if (words is not [_, "TCP4" or "TCP6", var source, var destination, var sourcePort, var destinationPort])
            return ProxyResult.Invalid;
        var family = words[1] == "TCP4" ? AddressFamily.InterNetwork : AddressFamily.InterNetworkV6;
        if (Address(destination, family) is null || !IsPort(sourcePort) || !IsPort(destinationPort)) return ProxyResult.Invalid;
        client = Address(source, family);
        return client is null ? ProxyResult.Invalid : ProxyResult.Client;
    }

    private static ProxyResult ParseBinary(ReadOnlySpan<byte> octets, out int length, out IPAddress? client)
    {
        (length, client) = (0, null);
        var (command, family) = (octets[12], octets[13]);
        var rest = BinaryPrimitives.ReadUInt16BigEndian(octets[14..]);
        if (command is not (0x20 or 0x21) || Fixed + rest > MaxLength) return ProxyResult.Invalid;
        if (octets.Length < Fixed + rest) return ProxyResult.Incomplete;
        length = Fixed + rest;
        if (command == 0x20) return ProxyResult.Local;
        // 0x11 is TCP over IPv4, 0x21 over IPv6. An unspecified family (0x00) and a Unix socket (0x31) have no IP address.
        var address = family switch { 0x11 => 4, 0x21 => 16, 0x00 or 0x31 => 0, _ => -1 };
        if (address < 0 || rest < 2 * address + (address == 0 ? 0 : 4)) return ProxyResult.Invalid;
        if (address == 0) return ProxyResult.Local;
        client = new IPAddress(octets.Slice(Fixed, address));
        return ProxyResult.Client;
    }

    // Stricter than IPAddress.TryParse, which accepts "127.1", "[::1]:25" and scopes.
    private static IPAddress? Address(string text, AddressFamily family) =>
        IPAddress.TryParse(text, out var address) && address.AddressFamily == family
            && (family == AddressFamily.InterNetwork ? address.ToString() == text
                : text.All(c => char.IsAsciiHexDigit(c) || c is ':' or '.'))
            ? address : null;

    private static bool IsPort(string text) =>
        text.Length is > 0 and <= 5 && text.All(char.IsAsciiDigit) && (text == "0" || text[0] != '0')
            && int.Parse(text, null) <= ushort.MaxValue;
}
