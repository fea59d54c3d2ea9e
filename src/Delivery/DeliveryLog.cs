using Microsoft.Extensions.Logging;
using Postfleet.Core.Queueing;

namespace Postfleet.Delivery;

/// <summary>The room's log lines, with ids from 3001 on.</summary>
internal static partial class DeliveryLog
{
    [LoggerMessage(3001, LogLevel.Information,
        "attempt {Attempt} of {MessageId} in {Queue}: {Recipients} recipients to {RemoteHost} with TLS {Tls}", EventName = "attempt")]
    public static partial void Attempt(
        this ILogger logger, MessageId messageId, QueueKey queue, int attempt, int recipients, string remoteHost, string tls);

    [LoggerMessage(3002, LogLevel.Information,
        "{Disposition} {MessageId} of {Queue} for {Recipients} at {RemoteHost} with TLS {Tls}: {Reply}; took {ElapsedMs} ms, {AgeSeconds} s after acceptance", EventName = "outcome")]
    public static partial void Outcome(
        this ILogger logger, MessageId messageId, QueueKey queue, string recipients, Disposition disposition, string remoteHost, string tls,
        string reply,
        double elapsedMs, double ageSeconds);

    [LoggerMessage(3003, LogLevel.Warning, "site {Destination} is down for {RetryAfter}: {Reply}", EventName = "site down")]
    public static partial void SiteDown(this ILogger logger, string destination, TimeSpan retryAfter, string reply);

    [LoggerMessage(3004, LogLevel.Information, "site {Destination} is up", EventName = "site up")]
    public static partial void SiteUp(this ILogger logger, string destination);

    [LoggerMessage(
        3005, LogLevel.Error, "the attempt at {MessageId} of {Queue} failed by a fault of this program", EventName = "attempt crashed")]
    public static partial void Crashed(this ILogger logger, Exception cause, MessageId messageId, QueueKey queue);

    [LoggerMessage(3006, LogLevel.Debug, "the DNS has no answer for {Name} {Type}: {Reason}", EventName = "dns failed")]
    public static partial void DnsFailed(this ILogger logger, string name, string type, string reason);

    [LoggerMessage(3007, LogLevel.Debug, "connected to {RemoteHost} with TLS {Tls}", EventName = "connected")]
    public static partial void Connected(this ILogger logger, string remoteHost, string tls);

    [LoggerMessage(3008, LogLevel.Warning, "{Destination} could not read {MessageId}: {Reason}", EventName = "spool unavailable")]
    public static partial void SpoolUnavailable(this ILogger logger, string destination, MessageId messageId, string reason);

    [LoggerMessage(
        3009, LogLevel.Error, "a connection to {Destination} failed by a fault of this program", EventName = "connection crashed")]
    public static partial void ConnectionCrashed(this ILogger logger, Exception cause, string destination);

    [LoggerMessage(3010, LogLevel.Warning,
        "attempt {Attempt} of {MessageId} in {Queue} to {Destination} was given up before its final dot: its time was over, or this process stood still, or reached no queues",
        EventName = "attempt withheld")]
    public static partial void Withheld(this ILogger logger, MessageId messageId, QueueKey queue, int attempt, string destination);

    [LoggerMessage(3014, LogLevel.Warning, "TLS of {RemoteHost} is broken, mail goes there in the clear for {Life}: {Reason}",
        EventName = "tls broken")]
    public static partial void TlsBroken(this ILogger logger, string remoteHost, TimeSpan life, string reason);

    [LoggerMessage(
        3015, LogLevel.Error, "{RemoteHost} does not take us for {User}, mail of the route waits: {Reason}", EventName = "login failed")]
    public static partial void LoginFailed(this ILogger logger, string remoteHost, string user, string reason);

    [LoggerMessage(3016, LogLevel.Error, "{Destination} is of a route that this node's configuration does not have: its mail waits",
        EventName = "route unknown")]
    public static partial void RouteUnknown(this ILogger logger, string destination);

    [LoggerMessage(3017, LogLevel.Information,
        "no other host of {Destination} can be reached for {Recipients} recipients of {MessageId} in {Queue} that {RemoteHost} put off: {Reply}", EventName = "no other host")]
    public static partial void NoOtherHost(
        this ILogger logger, MessageId messageId, QueueKey queue, string destination, int recipients, string remoteHost, string reply);

    [LoggerMessage(3030, LogLevel.Information,
        "the content of {MessageId} is converted for {RemoteHost}, from {Size} octets to {NewSize}: a DKIM signature of it does not hold there",
        EventName = "content converted")]
    public static partial void ContentConverted(this ILogger logger, MessageId messageId, string remoteHost, long size, long newSize);
}
