using Microsoft.Extensions.Logging;

namespace Postfleet.Dns;

/// <summary>Log events of the Dns module.</summary>
internal static partial class DnsLog
{
    [LoggerMessage(16000, LogLevel.Debug, "DNS query for {Name} {Type} failed: {Reason}", EventName = "dns failed")]
    public static partial void DnsFailed(this ILogger logger, string name, string type, string reason);
}
