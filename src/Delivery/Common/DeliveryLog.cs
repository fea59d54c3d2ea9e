using Microsoft.Extensions.Logging;
using Postfleet.Core.Queueing;

namespace Postfleet.Delivery.Common;

/// <summary>Log lines of the Delivery module. Event ids are in the range 3001 to 3999.</summary>
internal static partial class DeliveryLog
{
    [LoggerMessage(3001, LogLevel.Information,
        "attempt {Attempt} of {MessageId} in {Queue}: {Recipients} recipients to {RemoteHost} with TLS {Tls}", EventName = "attempt")]
    public static partial void Attempt(
        this ILogger logger, MessageId messageId, QueueKey queue, int attempt, int recipients, string remoteHost, string tls);

    // The parameter is the field's name: @class would be the field @class.
    [LoggerMessage(3002, LogLevel.Information,
        "{Disposition} {MessageId} of {Queue} for {Recipients} at {RemoteHost} with TLS {Tls}: {Reply} (class {Class}); "
        + "took {ElapsedMs} ms, "
        + "{AgeSeconds} s after acceptance",
        EventName = "outcome")]
    public static partial void Outcome(
        this ILogger logger, MessageId messageId, QueueKey queue, string recipients, Disposition disposition, string remoteHost, string tls,
        string reply, string Class, double elapsedMs, double ageSeconds);

    [LoggerMessage(
        3003, LogLevel.Warning, "site {Destination} unavailable, next attempt in {RetryAfter}: {Reply}", EventName = "site down")]
    public static partial void SiteDown(this ILogger logger, string destination, TimeSpan retryAfter, string reply);

    [LoggerMessage(3004, LogLevel.Information, "site {Destination} available again", EventName = "site up")]
    public static partial void SiteUp(this ILogger logger, string destination);

    [LoggerMessage(3040, LogLevel.Warning, "{Destination} slowed to {Limit}, factor {Factor}, by the rule {Rule}: {Reply}",
        EventName = "destination slowed")]
    public static partial void Slowed(this ILogger logger, string destination, string limit, double factor, string rule, string reply);

    [LoggerMessage(3041, LogLevel.Information, "{Destination} raised to {Limit}, factor {Factor}, after the rule {Rule}",
        EventName = "destination raised")]
    public static partial void Raised(this ILogger logger, string destination, string limit, double factor, string rule);

    [LoggerMessage(3042, LogLevel.Information, "{Destination} has its {Scope} back", EventName = "destination recovered")]
    public static partial void Recovered(this ILogger logger, string destination, string scope);

    [LoggerMessage(3043, LogLevel.Warning, "{Destination} paused ({Scope}) for {Length} by the rule {Rule}: {Reply}",
        EventName = "destination paused")]
    public static partial void Paused(this ILogger logger, string destination, string scope, TimeSpan length, string rule, string reply);

    [LoggerMessage(3044, LogLevel.Warning, "what {Destination} has learned from replies cannot be read, its mail is sent without it",
        EventName = "site state unread")]
    public static partial void SiteStateUnread(this ILogger logger, Exception cause, string destination);

    [LoggerMessage(3045, LogLevel.Error, "internal error, {Count} changes of what sites have taught are not stored: a restart forgets them",
        EventName = "site states lost")]
    public static partial void SiteStatesLost(this ILogger logger, Exception cause, int count);

    [LoggerMessage(3046, LogLevel.Error, "unexpected error in the daily limit of {Destination}, which is asked again",
        EventName = "daily limit fault")]
    public static partial void DailyLimitFault(this ILogger logger, Exception fault, string destination);

    [LoggerMessage(
        3005, LogLevel.Error, "internal error in the attempt of {MessageId} in {Queue}", EventName = "attempt crashed")]
    public static partial void Crashed(this ILogger logger, Exception cause, MessageId messageId, QueueKey queue);

    [LoggerMessage(3007, LogLevel.Debug, "connected to {RemoteHost} with TLS {Tls}", EventName = "connected")]
    public static partial void Connected(this ILogger logger, string remoteHost, string tls);

    [LoggerMessage(
        3008, LogLevel.Warning, "{Destination} cannot read {MessageId} from the spool: {Reason}", EventName = "spool unavailable")]
    public static partial void SpoolUnavailable(this ILogger logger, string destination, MessageId messageId, string reason);

    [LoggerMessage(
        3009, LogLevel.Error, "internal error in a connection to {Destination}", EventName = "connection crashed")]
    public static partial void ConnectionCrashed(this ILogger logger, Exception cause, string destination);

    [LoggerMessage(3010, LogLevel.Warning,
        "attempt {Attempt} of {MessageId} in {Queue} to {Destination} aborted before the final dot: "
        + "time limit exceeded, process stalled, or no queue node reachable",
        EventName = "attempt aborted")]
    public static partial void AttemptAborted(this ILogger logger, MessageId messageId, QueueKey queue, int attempt, string destination);

    [LoggerMessage(3014, LogLevel.Warning, "TLS of {RemoteHost} failed, mail is sent there without TLS for {Life}: {Reason}",
        EventName = "tls broken")]
    public static partial void TlsBroken(this ILogger logger, string remoteHost, TimeSpan life, string reason);

    [LoggerMessage(
        3015, LogLevel.Error, "authentication failed for user {User} at {RemoteHost}, mail of this route is deferred: {Reason}",
        EventName = "login failed")]
    public static partial void LoginFailed(this ILogger logger, string remoteHost, string user, string reason);

    [LoggerMessage(3016, LogLevel.Error, "no route in this node's configuration matches {Destination}, its mail is deferred",
        EventName = "route unknown")]
    public static partial void RouteUnknown(this ILogger logger, string destination);

    [LoggerMessage(3017, LogLevel.Information,
        "no other host of {Destination} reachable for {Recipients} recipients of {MessageId} in {Queue} "
        + "that {RemoteHost} deferred: {Reply}",
        EventName = "no other host")]
    public static partial void NoOtherHost(
        this ILogger logger, MessageId messageId, QueueKey queue, string destination, int recipients, string remoteHost, string reply);

    [LoggerMessage(3018, LogLevel.Warning,
        "{Destination} cannot be asked about recipients, {Questions} questions have no answer: {Reply}", EventName = "callout failed")]
    public static partial void CalloutFailed(this ILogger logger, string destination, int questions, string reply);

    [LoggerMessage(3019, LogLevel.Error, "internal error while {Destination} was asked about recipients", EventName = "callout crashed")]
    public static partial void CalloutCrashed(this ILogger logger, Exception cause, string destination);

    [LoggerMessage(3021, LogLevel.Warning, "{Destination}, to which mail is passed on, cannot be reached: {Reply}",
        EventName = "proxy failed")]
    public static partial void ProxyFailed(this ILogger logger, string destination, string reply);

    [LoggerMessage(3022, LogLevel.Warning, "this node has no free socket to pass mail on to {Destination}: {Reply}",
        EventName = "proxy short of sockets")]
    public static partial void ProxyShortOfSockets(this ILogger logger, string destination, string reply);

    [LoggerMessage(3024, LogLevel.Information, "MTA-STS policy of {Domain}: {Mode}, id {PolicyId}, hosts {Hosts}",
        EventName = "policy fetched")]
    public static partial void PolicyFetched(this ILogger logger, string domain, string mode, string policyId, string hosts);

    [LoggerMessage(3025, LogLevel.Warning, "MTA-STS policy of {Domain} cannot be fetched, {InForce} applies: {Reason}",
        EventName = "policy not fetched")]
    public static partial void PolicyNotFetched(this ILogger logger, string domain, string inForce, string reason);

    [LoggerMessage(3026, LogLevel.Warning, "mail for {Domain} at {Destination} waits: {Reply}", EventName = "policy refused")]
    public static partial void PolicyRefused(this ILogger logger, string domain, string destination, string reply);

    [LoggerMessage(3027, LogLevel.Information,
        "{MessageId} is sent although the policy of {Domain} about TLS is not met (mode {Mode}): {Reason}", EventName = "policy not met")]
    public static partial void PolicyNotMet(this ILogger logger, MessageId messageId, string domain, string mode, string reason);

    [LoggerMessage(3028, LogLevel.Warning, "Delivery:Tls:Dane has no effect: {Reason}", EventName = "dane without validation")]
    public static partial void DaneWithoutValidation(this ILogger logger, string reason);

    [LoggerMessage(3030, LogLevel.Information,
        "content of {MessageId} converted for {RemoteHost}, from {Size} to {NewSize} octets, which breaks DKIM signatures of the body",
        EventName = "content converted")]
    public static partial void ContentConverted(this ILogger logger, MessageId messageId, string remoteHost, long size, long newSize);
}
