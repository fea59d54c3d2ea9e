using System.Text;
using Postfleet.Configuration;
using Postfleet.Core.Queueing;

namespace Postfleet.Delivery.Options;

/// <summary>
/// The target of a route. Its text is <c>mx</c>, <c>capture</c>, <c>discard</c>, <c>reject</c>, <c>smtp://host:port</c>,
/// <c>smtps://host:port</c>, <c>lmtp://host:port</c> or <c>lmtp:///path</c>.
/// </summary>
/// <param name="Kind">How mail leaves.</param>
/// <param name="Protocol">The protocol of the host.</param>
/// <param name="Host">The name of the host, its address without brackets, or the path of a socket; empty if there is no host.</param>
/// <param name="Port">The TCP port; 0 for a socket in the file system and where there is no host.</param>
public readonly record struct RouteTarget(TargetKind Kind, MailProtocol Protocol, string Host, int Port)
{
    // The size of an address in the kernel, without its terminator (unix(7)).
    private const int MaxSocketPath = 107;

    private const string LocalSocket = "lmtp:///";

    /// <summary>Delivery to the MX hosts of each domain.</summary>
    public static RouteTarget Mx { get; } = Without(TargetKind.Mx);

    /// <summary>Capture on this system.</summary>
    internal static RouteTarget Capture { get; } = Without(TargetKind.Capture);

    /// <summary>Whether the target is a socket in the file system.</summary>
    public bool IsLocalSocket => Host.StartsWith('/');

    /// <summary>The target described by a text in any case; null if the text describes none.</summary>
    public static RouteTarget? TryParse(string text)
    {
        if (text.StartsWith(LocalSocket, StringComparison.OrdinalIgnoreCase))
        {
            var path = text[(LocalSocket.Length - 1)..];
            return IsSocketPath(path) ? new RouteTarget(TargetKind.Smarthost, MailProtocol.Lmtp, path, 0) : null;
        }

        foreach (var protocol in Enum.GetValues<MailProtocol>())
        {
            var scheme = SchemeOf(protocol);
            if (!text.StartsWith(scheme, StringComparison.OrdinalIgnoreCase)) continue;
            if (TextForms.HostAndPort(text[scheme.Length..]) is not { } host) return null;
            var colon = host.LastIndexOf(':');
            return new RouteTarget(
                TargetKind.Smarthost, protocol, host[..colon].Trim('[', ']'), int.Parse(host.AsSpan(colon + 1), provider: null));
        }

        return TargetWords.Find(text.ToLowerInvariant()) is { } kind ? Without(kind) : null;
    }

    /// <summary>Reads a text accepted by the rule of the key.</summary>
    /// <exception cref="FormatException">The text describes no target.</exception>
    public static RouteTarget Parse(string text) =>
        TryParse(text) ?? throw new FormatException($"'{text}' is no target of a route");

    /// <summary>The text of the target in the configuration.</summary>
    public override string ToString()
    {
        if (Kind != TargetKind.Smarthost) return TargetWords.Of(Kind);
        if (IsLocalSocket) return SchemeOf(Protocol) + Host;
        return Host.Contains(':') ? $"{SchemeOf(Protocol)}[{Host}]:{Port}" : $"{SchemeOf(Protocol)}{Host}:{Port}";
    }

    private static RouteTarget Without(TargetKind kind) => new(kind, MailProtocol.Smtp, "", 0);

    private static string SchemeOf(MailProtocol protocol) => $"{TextForms.Write(protocol)}://";

    private static bool IsSocketPath(string path) =>
        path.Length > 1 && !path.Any(char.IsControl) && Encoding.UTF8.GetByteCount(path) <= MaxSocketPath;
}
