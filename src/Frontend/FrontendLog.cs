using System.Net;
using Microsoft.Extensions.Logging;
using Postfleet.Core.Queueing;
using Postfleet.Spool;

namespace Postfleet.Frontend;

/// <summary>The room's log lines, with ids from 1001 on.</summary>
internal static partial class FrontendLog
{
    [LoggerMessage(1001, LogLevel.Information, "listening on {Endpoint} for {Service}", EventName = "listening")]
    public static partial void Listening(this ILogger logger, string service, EndPoint endpoint);

    [LoggerMessage(1002, LogLevel.Information,
        "accepted {MessageId} from {From} of {Client}: {Size} octets for {Count} recipients {Recipients} in {ElapsedMs} ms",
        EventName = "accepted")]
    public static partial void Accepted(
        this ILogger logger, MessageId messageId, string from, IPAddress client, long size, int count, string recipients, double elapsedMs);

    [LoggerMessage(1015, LogLevel.Information, "{MessageId} is for {Recipients} too", EventName = "accepted also")]
    public static partial void AcceptedAlso(this ILogger logger, MessageId messageId, string recipients);

    [LoggerMessage(1016, LogLevel.Information,
        "{Client} spoke before the greeting in session {Session}, which trusted clients may; said once for each client",
        EventName = "early talk")]
    public static partial void PregreetCheck(this ILogger logger, IPAddress client, string session);

    [LoggerMessage(1017, LogLevel.Warning,
        "{Connections} of {MaxConnections} connections are open: clients that are not trusted get {Timeout} for a command, and one error",
        EventName = "stress began")]
    public static partial void StressBegan(this ILogger logger, int connections, int maxConnections, TimeSpan timeout);

    [LoggerMessage(
        1018, LogLevel.Information, "{Connections} connections are open: clients get the usual times again", EventName = "stress ended")]
    public static partial void StressEnded(this ILogger logger, int connections);

    [LoggerMessage(
        1003, LogLevel.Information, "refused {Client} in session {Session}: {Reply} to {Command}, from {From}", EventName = "rejected")]
    public static partial void Rejected(this ILogger logger, IPAddress client, string session, string reply, string command, string from);

    [LoggerMessage(1004, LogLevel.Debug, "session {Session} of {Client} opened", EventName = "session opened")]
    public static partial void Opened(this ILogger logger, string session, IPAddress client);

    [LoggerMessage(1005, LogLevel.Debug, "session {Session} of {Client} closed", EventName = "session closed")]
    public static partial void Closed(this ILogger logger, string session, IPAddress client);

    [LoggerMessage(1006, LogLevel.Error, "session {Session} of {Client} failed", EventName = "session failed")]
    public static partial void Failed(this ILogger logger, Exception cause, string session, IPAddress client);

    [LoggerMessage(1007, LogLevel.Critical, "accepting on {Endpoint} failed; the listener has ended", EventName = "listener failed")]
    public static partial void ListenerFailed(this ILogger logger, Exception cause, EndPoint endpoint);

    [LoggerMessage(1008, LogLevel.Warning, "{Sessions} sessions were cut off when the grace ended", EventName = "sessions aborted")]
    public static partial void Aborted(this ILogger logger, int sessions);

    [LoggerMessage(1009, LogLevel.Warning, "{MessageId} of {Client} was not stored: {Result}", EventName = "not stored")]
    public static partial void NotStored(this ILogger logger, MessageId messageId, IPAddress client, StoreResult result);

    [LoggerMessage(1010, LogLevel.Information, "{Count} rejections were left out of the log", EventName = "rejections left out")]
    public static partial void RefusalsLeftOut(this ILogger logger, int count);

    [LoggerMessage(
        1011, LogLevel.Information, "{Client} and we did not agree on TLS in session {Session}: {Reason}", EventName = "tls failed")]
    public static partial void TlsFailed(this ILogger logger, IPAddress client, string session, string reason);

    [LoggerMessage(
        1012, LogLevel.Information, "the certificate in {File} is in use: {Subject}, until {NotAfter}", EventName = "certificate taken")]
    public static partial void CertificateTaken(this ILogger logger, string file, string subject, DateTime notAfter);

    [LoggerMessage(1013, LogLevel.Error, "the new certificate in {File} is not used, and the old one stays: {Reason}",
        EventName = "certificate refused")]
    public static partial void CertificateRefused(this ILogger logger, string file, string reason);

    [LoggerMessage(1014, LogLevel.Warning,
        "the proxy {Peer} is not listened to in session {Session}: {Reason}; {LeftOut} such lines were left out before",
        EventName = "proxy refused")]
    public static partial void ProxyRefused(this ILogger logger, IPAddress peer, string session, string reason, int leftOut);

    [LoggerMessage(1019, LogLevel.Warning, "{Connections} connections are open or being closed: no other is accepted until some have gone",
        EventName = "accepting paused")]
    public static partial void AcceptingPaused(this ILogger logger, int connections);

    [LoggerMessage(1020, LogLevel.Information,
        "{MessageId} from {From} of {Client} is not delivered to {Recipients}: {Check} has discarded it", EventName = "discarded")]
    public static partial void Discarded(
        this ILogger logger, MessageId messageId, string from, IPAddress client, string recipients, string check);

    [LoggerMessage(1021, LogLevel.Warning, "the check {Check} gave no verdict on {Client} in session {Session}: {Reason}",
        EventName = "check failed")]
    public static partial void CheckFailed(this ILogger logger, string check, IPAddress client, string session, string reason);
}
