using System.Net;
using Postfleet.Core.Queueing;

namespace Postfleet.Delivery.Options;

/// <summary>Where a route leads, read from its text.</summary>
/// <param name="Kind">How mail leaves.</param>
/// <param name="Protocol">What is spoken there.</param>
/// <param name="Host">The host's name or address without brackets, or the path of a socket.</param>
/// <param name="Port">TCP port; 0 for a socket in the file system.</param>
internal readonly record struct RouteTarget(TargetKind Kind, MailProtocol Protocol, string Host, int Port)
{
    private const string LocalSocket = "lmtp:///";

    /// <summary>Whether it is a socket in the file system.</summary>
    public bool IsLocalSocket => Host.StartsWith('/');

    /// <summary>
    /// Reads what the configuration has checked: a word, <c>smtp://</c>, <c>smtps://</c> or <c>lmtp://</c> with host and port, or
    /// <c>lmtp:///path</c>.
    /// </summary>
    public static RouteTarget Parse(string to)
    {
        if (TargetWords.Find(to) is { } kind) return new RouteTarget(kind, MailProtocol.Smtp, "", 0);
        if (to.StartsWith(LocalSocket, StringComparison.Ordinal))
            return new RouteTarget(TargetKind.Smarthost, MailProtocol.Lmtp, to[(LocalSocket.Length - 1)..], 0);
        var uri = new Uri(to);
        var (protocol, port) = uri.Scheme switch
        {
            "smtp" => (MailProtocol.Smtp, 25),
            "smtps" => (MailProtocol.Smtps, 465),
            "lmtp" => (MailProtocol.Lmtp, 24),
            _ => throw new ArgumentException($"'{to}' is no target of a route", nameof(to)),
        };
        var host = IPAddress.TryParse(uri.Host.Trim('[', ']'), out var address) ? address.ToString() : uri.IdnHost.ToLowerInvariant();
        return new RouteTarget(TargetKind.Smarthost, protocol, host, uri.IsDefaultPort || uri.Port < 0 ? port : uri.Port);
    }
}
