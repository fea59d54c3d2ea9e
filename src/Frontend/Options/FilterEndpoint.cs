using System.Globalization;
using System.Net;

namespace Postfleet.Frontend.Options;

/// <summary>Where a filter listens: a host with a port, or a Unix socket. Immutable.</summary>
/// <param name="Host">The name or address of the host, or the path of the socket.</param>
/// <param name="Port">The port; 0 for a Unix socket.</param>
public sealed record FilterEndpoint(string Host, int Port)
{
    // Linux allows 107 octets.
    private const int MaxPath = 100;

    private const int MaxHost = 253;

    /// <summary>Whether the endpoint is a Unix socket.</summary>
    public bool IsUnix => Port == 0;

    /// <summary>
    /// Reads an endpoint: <c>127.0.0.1:11332</c>, <c>[::1]:11332</c>, <c>rspamd:11332</c>, <c>unix:/run/x.sock</c>, or as filters are told
    /// to listen: <c>inet:8891@localhost</c>, <c>inet:localhost:8891</c>, <c>local:/run/x.sock</c>. Null for another text.
    /// </summary>
    public static FilterEndpoint? TryParse(string text)
    {
        foreach (var prefix in (string[])["unix:", "local:"])
            if (text.StartsWith(prefix, StringComparison.OrdinalIgnoreCase)) return Socket(text[prefix.Length..]);
        var rest = text;
        foreach (var prefix in (string[])["inet:", "inet6:"])
            if (text.StartsWith(prefix, StringComparison.OrdinalIgnoreCase)) rest = text[prefix.Length..];
        // As in the configuration of a filter, where the port comes first.
        if (rest.Length < text.Length && rest.IndexOf('@', StringComparison.Ordinal) is >= 0 and var at)
            rest = $"{rest[(at + 1)..]}:{rest[..at]}";
        var colon = rest.LastIndexOf(':');
        if (colon <= 0 || !int.TryParse(rest.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port)
            || port is < 1 or > 65535)
            return null;
        var host = rest[..colon] is ['[', .. var inner, ']'] ? inner : rest[..colon];
        if (IPAddress.TryParse(host, out var address)) return new FilterEndpoint(address.ToString(), port);
        return host.Length is > 0 and <= MaxHost && host.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_')
            ? new FilterEndpoint(host, port) : null;
    }

    /// <summary>Reads an endpoint.</summary>
    /// <exception cref="FormatException">The text is no endpoint.</exception>
    public static FilterEndpoint Parse(string text) =>
        TryParse(text) ?? throw new FormatException($"not an endpoint of a filter: '{text}'");

    /// <inheritdoc/>
    public override string ToString() => IsUnix ? $"unix:{Host}"
        : Host.Contains(':', StringComparison.Ordinal) ? string.Create(CultureInfo.InvariantCulture, $"[{Host}]:{Port}")
        : string.Create(CultureInfo.InvariantCulture, $"{Host}:{Port}");

    private static FilterEndpoint? Socket(string path) => path.Length is > 1 and <= MaxPath && path[0] == '/'
        && !path.AsSpan().ContainsAnyInRange('\0', ' ') ? new FilterEndpoint(path, 0) : null;
}
