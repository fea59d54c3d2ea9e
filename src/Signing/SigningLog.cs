using Microsoft.Extensions.Logging;

namespace Postfleet.Signing;

/// <summary>Log lines of the module Signing. Event ids 17000 to 17999.</summary>
internal static partial class SigningLog
{
    [LoggerMessage(17000, LogLevel.Warning, "mail from {Domain} in the stream {Stream} waits: a signature is required, and {Reason}",
        EventName = "not signed")]
    public static partial void NotSigned(this ILogger logger, string domain, string stream, string reason);
}
