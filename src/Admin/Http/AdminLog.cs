using Microsoft.Extensions.Logging;
using Postfleet.Core.Queueing;

namespace Postfleet.Admin.Http;

/// <summary>The log lines of the admin API, with ids from 6001 on. Tokens and bodies never appear.</summary>
internal static partial class AdminLog
{
    [LoggerMessage(6001, LogLevel.Information, "{Method} {Path} by {Token} from {Client}: {Status} {Location}", EventName = "api change")]
    public static partial void Changed(
        ILogger logger, string method, string path, string token, string client, int status, string location);

    [LoggerMessage(6002, LogLevel.Error, "{Method} {Path} failed", EventName = "api request failed")]
    public static partial void RequestFailed(ILogger logger, Exception cause, string method, string path);

    [LoggerMessage(6003, LogLevel.Information,
        "accepted {MessageId} from {From} by {Token}, client {Client}: {Size} octets for {Count} recipients in {ElapsedMs} ms",
        EventName = "accepted over http")]
    public static partial void Injected(
        ILogger logger, MessageId messageId, string from, string token, string client, long size, int count, double elapsedMs);

    [LoggerMessage(6004, LogLevel.Information,
        "message with the idempotency key of {MessageId} by {Token}, client {Client}, is a repetition and not stored again",
        EventName = "repeated over http")]
    public static partial void Repeated(ILogger logger, MessageId messageId, string token, string client);
}
