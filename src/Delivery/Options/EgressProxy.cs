using Postfleet.Configuration;

namespace Postfleet.Delivery.Options;

/// <summary>The protocol of a proxy through which connections leave.</summary>
public enum ProxyProtocol
{
    /// <summary>The proxy opens connections from an address of its own (RFC 1928).</summary>
    Socks5,

    /// <summary>HAProxy: a header of the PROXY protocol, version 2, names the source address and the host.</summary>
    Haproxy,
}

/// <summary>
/// A proxy through which the connections of a source leave. Its text is <c>socks5://host:port</c> or <c>haproxy://host:port</c>.
/// </summary>
/// <param name="Protocol">The protocol.</param>
/// <param name="Host">The name of the proxy, or its address without brackets.</param>
/// <param name="Port">The TCP port.</param>
public sealed record EgressProxy(ProxyProtocol Protocol, string Host, int Port)
{
    /// <summary>The proxy described by a text in any case; null if the text describes none.</summary>
    public static EgressProxy? TryParse(string text)
    {
        foreach (var protocol in Enum.GetValues<ProxyProtocol>())
        {
            var scheme = SchemeOf(protocol);
            if (!text.StartsWith(scheme, StringComparison.OrdinalIgnoreCase)) continue;
            if (TextForms.HostAndPort(text[scheme.Length..]) is not { } host) return null;
            var colon = host.LastIndexOf(':');
            return new EgressProxy(protocol, host[..colon].Trim('[', ']'), int.Parse(host.AsSpan(colon + 1), provider: null));
        }

        return null;
    }

    /// <summary>Reads a text accepted by the rule of the key.</summary>
    /// <exception cref="FormatException">The text describes no proxy.</exception>
    public static EgressProxy Parse(string text) => TryParse(text) ?? throw new FormatException($"'{text}' is no proxy");

    /// <summary>The text of the proxy in the configuration.</summary>
    public override string ToString() =>
        Host.Contains(':') ? $"{SchemeOf(Protocol)}[{Host}]:{Port}" : $"{SchemeOf(Protocol)}{Host}:{Port}";

    private static string SchemeOf(ProxyProtocol protocol) => $"{TextForms.Write(protocol)}://";
}
