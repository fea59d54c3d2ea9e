using System.Data.Common;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Postfleet.Core.Mail;
using Postfleet.Core.Networking;
using Postfleet.Core.Units;

namespace Postfleet.Configuration;

/// <summary>
/// The forms of values, for the rules of keys. Each method returns the value in its canonical form, or null if it does not have the form.
/// </summary>
public static class TextForms
{
    private const int MaxPort = 65535;

    /// <summary>A non-empty text without control characters.</summary>
    public static string? NotEmpty(string text) => text.Length > 0 && !text.Any(char.IsControl) ? text : null;

    /// <summary>A path, or empty.</summary>
    public static string? Path(string text) => text.Any(char.IsControl) ? null : text;

    /// <summary>Empty, or a domain name; no address literal, since the name is also the domain of addresses.</summary>
    public static string? EmptyOrName(string text) => text.Length == 0 ? "" : Name(text);

    /// <summary>A host to connect to: a name, or the IP address of a single machine without brackets.</summary>
    public static string? Host(string text) =>
        Address(text) is { } address ? IsOfOneMachine(address) ? address.ToString() : null : Name(text);

    /// <summary><c>host:port</c>, with IPv6 addresses in brackets; the port is at least 1.</summary>
    public static string? HostAndPort(string text)
    {
        if (text.StartsWith('[')) return ConnectEndpoint(text);
        var colon = text.LastIndexOf(':');
        if (colon <= 0 || Port(text[(colon + 1)..], least: 1) is not { } port) return null;
        // A host with colons is an IPv6 address without brackets, whose port is ambiguous.
        return Host(text[..colon]) is { } host && !host.Contains(':') ? $"{host}:{port}" : null;
    }

    /// <summary><c>address:port</c> to listen on; port 0 takes any free port.</summary>
    public static string? ListenEndpoint(string text) =>
        Endpoint(text, leastPort: 0) is { } endpoint && IPEndPoint.Parse(endpoint).Address is var address
            && (ListenerAddresses.IsWildcard(address) || IsOfOneMachine(address)) ? endpoint : null;

    /// <summary><c>address</c> or <c>address:port</c> of a server, with its port.</summary>
    /// <param name="text">The value.</param>
    /// <param name="defaultPort">The port where the value has none.</param>
    public static string? ServerEndpoint(string text, int defaultPort) =>
        Address(text) is { } address ? new IPEndPoint(address, defaultPort).ToString() : ConnectEndpoint(text);

    /// <summary>The text of a value in options, in the form in which it is bound.</summary>
    public static string Write(object value) => value switch
    {
        bool flag => flag ? "true" : "false",
        int number => number.ToString(CultureInfo.InvariantCulture),
        TimeSpan duration => Durations.Format(duration),
        Enum word => word.ToString().ToLowerInvariant(),
        _ => value.ToString()!,
    };

    /// <summary>A network in CIDR form, without host bits.</summary>
    public static string? Network(string text) =>
        text.Split('/') is [var address, _] && Address(address) is { } first
            // Listeners report IPv4 clients with IPv4 addresses, never with mapped addresses.
            && !first.IsIPv4MappedToIPv6 && IPNetwork.TryParse(text, out var network) && network.BaseAddress.Equals(first)
            ? network.ToString()
            : null;

    /// <summary>A domain name, or <c>*.suffix</c> for all names below it.</summary>
    public static string? NameOrSuffix(string text) =>
        text.StartsWith("*.", StringComparison.Ordinal) ? Name(text[2..]) is { } suffix ? $"*.{suffix}" : null : Name(text);

    /// <summary>A mail address.</summary>
    public static string? Mailbox(string text) => Core.Mail.Mailbox.TryParse(text, out var mailbox) ? mailbox.Address : null;

    /// <summary>Empty, or a mail address.</summary>
    public static string? EmptyOrMailbox(string text) => text.Length == 0 ? "" : Mailbox(text);

    /// <summary><c>*</c>, <c>*.suffix</c> or a domain name.</summary>
    public static string? DomainPattern(string text) => text == "*" ? text : NameOrSuffix(text);

    /// <summary>A secret or a user: any text without control characters.</summary>
    public static string? Opaque(string text) => text.Any(char.IsControl) ? null : text;

    /// <summary>Empty, or a bearer token (RFC 6750 section 2.1).</summary>
    public static string? Token(string text) => text.All(c => char.IsAsciiLetterOrDigit(c) || "-._~+/=".Contains(c)) ? text : null;

    /// <summary>Empty, or <c>name=value</c> pairs with semicolons between them.</summary>
    public static string? ConnectionString(string text)
    {
        try
        {
            _ = new DbConnectionStringBuilder { ConnectionString = text };
            return text;
        }
        catch (ArgumentException)
        {
            // The builder offers no TryParse.
            return null;
        }
    }

    /// <summary>Whether an address belongs to a single machine: no wildcard, no group, no mapped IPv4 address.</summary>
    public static bool IsOfOneMachine(IPAddress address) =>
        !ListenerAddresses.IsWildcard(address) && !address.IsIPv6Multicast && !address.IsIPv4MappedToIPv6
            && (address.AddressFamily != AddressFamily.InterNetwork || address.GetAddressBytes()[0] < 224);

    private static string? ConnectEndpoint(string text) => Endpoint(text, leastPort: 1);

    private static string? Endpoint(string text, int leastPort)
    {
        var colon = text.LastIndexOf(':');
        if (colon <= 0 || Port(text[(colon + 1)..], leastPort) is not { } port) return null;
        var host = text[..colon];
        var isV6 = host is ['[', .., ']'];
        if (Address(isV6 ? host[1..^1] : host) is not { } address || isV6 != (address.AddressFamily == AddressFamily.InterNetworkV6))
            return null;
        return new IPEndPoint(address, port).ToString();
    }

    /// <summary>
    /// An IP address without brackets and port. The framework also reads <c>127.1</c> and <c>0x7f.1</c> as IPv4 addresses, and brackets
    /// and ports around IPv6 addresses.
    /// </summary>
    public static IPAddress? Address(string text) =>
        IPAddress.TryParse(text, out var address) && (text.Contains(':') ? !text.Contains('[') : text == address.ToString()) ? address
            : null;

    private static int? Port(string text, int least) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port >= least && port <= MaxPort ? port : null;

    /// <summary>A domain name.</summary>
    public static string? Name(string text) =>
        DomainName.TryParse(text, out var name) && !name.IsAddressLiteral && !IsNumber(name.Value) ? name.Value : null;

    // A top-level domain is never all digits (RFC 3696 section 2): the name is a mistyped IPv4 address.
    private static bool IsNumber(string name) => name[(name.LastIndexOf('.') + 1)..].All(char.IsAsciiDigit);
}
