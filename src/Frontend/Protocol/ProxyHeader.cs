using System.Buffers;
using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Postfleet.Frontend.Protocol;

/// <summary>How reading a PROXY header ended.</summary>
internal enum ProxyResult
{
    /// <summary>More octets are needed.</summary>
    Incomplete,

    /// <summary>There is none, or it is not well formed. Nothing may be guessed: the connection is to be closed.</summary>
    Invalid,

    /// <summary>
    /// The proxy speaks for itself, as in a health check, or does not know the client: the connection's own address counts.
    /// </summary>
    Local,

    /// <summary>The proxy speaks for a client.</summary>
    Client,
}

/// <summary>
/// Reads the header that a proxy puts before the client's octets, in version 1 (a line) or 2 (binary) of HAProxy's PROXY protocol. Reads
/// from what is there alone: no state, no I/O. The extensions (TLVs) of version 2 are passed over.
/// </summary>
internal static class ProxyHeader
{
    /// <summary>
    /// Longest header that is read, in octets. Version 1 has 107 at most; version 2 allows 64 KiB, and proxies send some hundreds.
    /// </summary>
    public const int MaxLength = 4096;

    private const int MaxLine = 107;
    private const int Fixed = 16;

    private static ReadOnlySpan<byte> Signature => "\r\n\r\n\0\r\nQUIT\n"u8;

    private static ReadOnlySpan<byte> Keyword => "PROXY "u8;

    /// <summary>Reads the header at the head of some input.</summary>
    /// <param name="input">The input so far.</param>
    /// <param name="length">The header's octets, where it is complete.</param>
    /// <param name="client">The client's address, where the proxy speaks for one.</param>
    public static ProxyResult Parse(ReadOnlySequence<byte> input, out int length, out IPAddress? client)
    {
        Span<byte> octets = stackalloc byte[(int)Math.Min(input.Length, MaxLength)];
        input.Slice(0, octets.Length).CopyTo(octets);
        (length, client) = (0, null);
        if (Begins(octets, Signature)) return octets.Length < Fixed ? ProxyResult.Incomplete : ParseBinary(octets, out length, out client);
        return Begins(octets, Keyword) ? ParseLine(octets, out length, out client) : ProxyResult.Invalid;
    }

    // As far as there are octets.
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
        // What runs over neither IP nor a stream: an unspecified family and a Unix socket have no address that means anything here.
        var address = family switch { 0x11 => 4, 0x21 => 16, 0x00 or 0x31 => 0, _ => -1 };
        if (address < 0 || rest < 2 * address + (address == 0 ? 0 : 4)) return ProxyResult.Invalid;
        if (address == 0) return ProxyResult.Local;
        client = new IPAddress(octets.Slice(Fixed, address));
        return ProxyResult.Client;
    }

    // The framework reads more than the grammar has: "127.1", "[::1]:25", scopes.
    private static IPAddress? Address(string text, AddressFamily family) =>
        IPAddress.TryParse(text, out var address) && address.AddressFamily == family
            && (family == AddressFamily.InterNetwork ? address.ToString() == text
                : text.All(c => char.IsAsciiHexDigit(c) || c is ':' or '.'))
            ? address : null;

    private static bool IsPort(string text) =>
        text.Length is > 0 and <= 5 && text.All(char.IsAsciiDigit) && (text == "0" || text[0] != '0')
            && int.Parse(text, null) <= ushort.MaxValue;
}
