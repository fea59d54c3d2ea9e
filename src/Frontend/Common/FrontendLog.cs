using System.Net;
using Microsoft.Extensions.Logging;
using Postfleet.Core.Queueing;

namespace Postfleet.Frontend.Common;

/// <summary>The log lines of this module, with event ids from 1001 on.</summary>
internal static partial class FrontendLog
{
    [LoggerMessage(1001, LogLevel.Information, "listening on {Endpoint} for {Service}", EventName = "listening")]
    public static partial void Listening(this ILogger logger, string service, EndPoint endpoint);

    [LoggerMessage(1002, LogLevel.Information,
        "accepted {MessageId} from {From}, client {Client}: {Size} octets for {Count} recipients {Recipients} in {ElapsedMs} ms, " +
        "user {User}, priority {Priority}",
        EventName = "accepted")]
    public static partial void Accepted(
        this ILogger logger, MessageId messageId, string from, IPAddress client, long size, int count, string recipients, double elapsedMs,
        string? user, int? priority);

    [LoggerMessage(1015, LogLevel.Information, "further recipients of {MessageId}: {Recipients}", EventName = "accepted also")]
    public static partial void AcceptedAlso(this ILogger logger, MessageId messageId, string recipients);

    [LoggerMessage(1016, LogLevel.Information,
        "trusted client {Client} sent input before the greeting in session {Session}; logged once per client",
        EventName = "early talk")]
    public static partial void EarlyTalk(this ILogger logger, IPAddress client, string session);

    [LoggerMessage(1017, LogLevel.Warning,
        "stress mode began at {Connections} of {MaxConnections} connections: untrusted clients get {Timeout} for a command and one error",
        EventName = "stress began")]
    public static partial void StressBegan(this ILogger logger, int connections, int maxConnections, TimeSpan timeout);

    [LoggerMessage(
        1018, LogLevel.Information, "stress mode ended at {Connections} connections: usual limits apply", EventName = "stress ended")]
    public static partial void StressEnded(this ILogger logger, int connections);

    [LoggerMessage(
        1003, LogLevel.Information, "refused client {Client} in session {Session}: reply {Reply} to {Command}, sender {From} {MessageId}",
        EventName = "rejected")]
    public static partial void Rejected(
        this ILogger logger, IPAddress client, string session, string reply, string command, string from, string messageId);

    [LoggerMessage(1004, LogLevel.Debug, "session {Session} of {Client} opened", EventName = "session opened")]
    public static partial void Opened(this ILogger logger, string session, IPAddress client);

    [LoggerMessage(1005, LogLevel.Debug, "session {Session} of {Client} closed", EventName = "session closed")]
    public static partial void Closed(this ILogger logger, string session, IPAddress client);

    [LoggerMessage(1006, LogLevel.Error, "session {Session} of {Client} failed", EventName = "session failed")]
    public static partial void Failed(this ILogger logger, Exception cause, string session, IPAddress client);

    [LoggerMessage(1007, LogLevel.Critical, "accepting on {Endpoint} failed; the listener has ended", EventName = "listener failed")]
    public static partial void ListenerFailed(this ILogger logger, Exception cause, EndPoint endpoint);

    [LoggerMessage(1008, LogLevel.Warning, "{Sessions} sessions aborted at the end of the grace period", EventName = "sessions aborted")]
    public static partial void Aborted(this ILogger logger, int sessions);

    [LoggerMessage(1009, LogLevel.Warning, "{MessageId} of client {Client} not stored: {Result}", EventName = "not stored")]
    public static partial void NotStored(this ILogger logger, MessageId messageId, IPAddress client, StoreStatus result);

    [LoggerMessage(1010, LogLevel.Information, "{Count} rejections left out of the log", EventName = "rejections left out")]
    public static partial void RefusalsLeftOut(this ILogger logger, int count);

    [LoggerMessage(
        1011, LogLevel.Information, "TLS handshake with client {Client} failed in session {Session}: {Reason}", EventName = "tls failed")]
    public static partial void TlsFailed(this ILogger logger, IPAddress client, string session, string reason);

    [LoggerMessage(
        1012, LogLevel.Information, "certificate {Subject} loaded from {File}, valid until {NotAfter}", EventName = "certificate taken")]
    public static partial void CertificateTaken(this ILogger logger, string file, string subject, DateTime notAfter);

    [LoggerMessage(1013, LogLevel.Error, "new certificate in {File} is invalid, the present certificate stays in use: {Reason}",
        EventName = "certificate refused")]
    public static partial void CertificateRefused(this ILogger logger, string file, string reason);

    [LoggerMessage(1014, LogLevel.Warning,
        "proxy {Peer} refused in session {Session}: {Reason}; {LeftOut} earlier refusals of the proxy left out of the log",
        EventName = "proxy refused")]
    public static partial void ProxyRefused(this ILogger logger, IPAddress peer, string session, string reason, int leftOut);

    [LoggerMessage(1019, LogLevel.Warning, "accepting paused: {Connections} connections are open or being closed",
        EventName = "accepting paused")]
    public static partial void AcceptingPaused(this ILogger logger, int connections);

    [LoggerMessage(1020, LogLevel.Information,
        "{MessageId} from {From}, client {Client}, for {Recipients} discarded by check {Check}", EventName = "discarded")]
    public static partial void Discarded(
        this ILogger logger, MessageId messageId, string from, IPAddress client, string recipients, string check);

    [LoggerMessage(1021, LogLevel.Warning, "check {Check} gave no verdict on {MessageId} of client {Client} in session {Session}: {Reason}",
        EventName = "check failed")]
    public static partial void CheckFailed(
        this ILogger logger, string check, string messageId, IPAddress client, string session, string reason);

    [LoggerMessage(
        1023, LogLevel.Information, "user {User} authenticated by {Mechanism} from client {Client}", EventName = "authenticated")]
    public static partial void LoggedIn(this ILogger logger, string user, string mechanism, IPAddress client);

    [LoggerMessage(1024, LogLevel.Information, "authentication by {Mechanism} from client {Client} failed, user {User}: {Reason}",
        EventName = "authentication failed")]
    public static partial void LoginFailed(this ILogger logger, string mechanism, IPAddress client, string user, string reason);

    [LoggerMessage(1025, LogLevel.Information, "{Count} users read from {File}", EventName = "users read")]
    public static partial void UsersRead(this ILogger logger, int count, string file);

    [LoggerMessage(1026, LogLevel.Error, "changed file of users {File} is invalid, the present users stay: {Reason}",
        EventName = "users refused")]
    public static partial void UsersRefused(this ILogger logger, string file, string reason);

    [LoggerMessage(1036, LogLevel.Information, "{Count} entries of recipients read from {Files}", EventName = "recipients read")]
    public static partial void RecipientsRead(this ILogger logger, int count, string files);

    [LoggerMessage(1037, LogLevel.Error, "changed recipient file is invalid, the present entries stay: {Reason}",
        EventName = "recipients refused")]
    public static partial void RecipientsRefused(this ILogger logger, string reason);

    [LoggerMessage(1027, LogLevel.Warning, "the keys of the token issuer {Issuer} cannot be fetched: {Reason}",
        EventName = "token keys unavailable")]
    public static partial void KeysUnavailable(this ILogger logger, string issuer, string reason);

    [LoggerMessage(1031, LogLevel.Warning,
        "password of user {User} is being guessed: {Failures} failed attempts, counted over all nodes, the last by client {Client}",
        EventName = "password guessing")]
    public static partial void UserGuessed(this ILogger logger, string user, int failures, IPAddress client);

    [LoggerMessage(
        1032, LogLevel.Warning, "clients in network {Network} guess passwords: {Failures} failed attempts, counted over all nodes",
        EventName = "password guessing by network")]
    public static partial void NetworkGuesses(this ILogger logger, string network, int failures);

    [LoggerMessage(1022, LogLevel.Information,
        "message with the idempotency key of {MessageId} from client {Client} is a repetition and not stored again",
        EventName = "repeated")]
    public static partial void Repeated(this ILogger logger, MessageId messageId, IPAddress client);

    [LoggerMessage(1035, LogLevel.Warning,
        "user {User} reached the limit {Limit} of {Value}, client {Client}: further recipients are deferred until {FreeAt}",
        EventName = "limit reached")]
    public static partial void LimitReached(
        this ILogger logger, string user, string limit, string value, IPAddress client, DateTimeOffset freeAt);

    [LoggerMessage(1060, LogLevel.Information,
        "message {MessageId} from {From}, client {Client}, {Size} octets, passed on to {RemoteHost} for {Recipients}: {Reply}; "
        + "{DurationMs} ms",
        EventName = "passed on")]
    public static partial void Passed(
        this ILogger logger, MessageId messageId, string from, IPAddress client, long size, string recipients, string remoteHost,
        string reply, double durationMs);

    [LoggerMessage(1040, LogLevel.Warning,
        "filter {Filter} at {Endpoint} failed: {Reason}; on failure: {OnFailure}; {LeftOut} earlier failures left out of the log",
        EventName = "filter failed")]
    public static partial void FilterFailed(
        this ILogger logger, string filter, string endpoint, string reason, string onFailure, int leftOut);

    [LoggerMessage(1061, LogLevel.Warning,
        "filter {Filter} at {Endpoint} answers nobody: mail passes without it until it answers", EventName = "filter hangs")]
    public static partial void FilterHangs(this ILogger logger, string filter, string endpoint);

    [LoggerMessage(1062, LogLevel.Information, "filter {Filter} answers again", EventName = "filter answers again")]
    public static partial void FilterAnswersAgain(this ILogger logger, string filter);

    [LoggerMessage(1063, LogLevel.Error, "unexpected error in a question whether the filter {Filter} answers",
        EventName = "filter question failed")]
    public static partial void FilterQuestionFailed(this ILogger logger, Exception fault, string filter);

    [LoggerMessage(1041, LogLevel.Information, "{Count} access entries read from {Files}", EventName = "access lists read")]
    public static partial void AccessListsRead(this ILogger logger, int count, string files);

    [LoggerMessage(1042, LogLevel.Error, "changed access lists are invalid, the present lists stay: {Reason}",
        EventName = "access lists refused")]
    public static partial void AccessListsRefused(this ILogger logger, string reason);

    [LoggerMessage(1043, LogLevel.Information,
        "client {Client} is denied by line {Line} of {File}: sender {From}, recipient {Recipient}", EventName = "access denied")]
    public static partial void AccessDenied(this ILogger logger, IPAddress client, string from, string recipient, string file, int line);

    [LoggerMessage(1044, LogLevel.Warning, "DNS list {List} is switched off: {Reason}", EventName = "dns list off")]
    public static partial void DnsListIsOff(this ILogger logger, string list, string reason);

    [LoggerMessage(1045, LogLevel.Information, "DNS list {List} is used again", EventName = "dns list on")]
    public static partial void DnsListIsBack(this ILogger logger, string list);

    [LoggerMessage(1050, LogLevel.Warning,
        "filter {Filter} added {Recipient} to {MessageId}, which is left out: {Reply}; {More} more recipients of the message, " +
        "{LeftOut} earlier messages left out of the log",
        EventName = "filter recipient left out")]
    public static partial void FilterRecipientLeftOut(
        this ILogger logger, string filter, string recipient, MessageId messageId, string reply, int more, int leftOut);

    [LoggerMessage(1046, LogLevel.Information,
        "the rate {Rate} of {Count} is reached by {Key}, client {Client}: more are deferred for {Wait}", EventName = "rate reached")]
    public static partial void RateReached(this ILogger logger, IPAddress client, string rate, string count, string key, TimeSpan wait);

    [LoggerMessage(1047, LogLevel.Warning,
        "rates of strangers are applied by this node alone: {Reason}", EventName = "rates alone")]
    public static partial void RatesAlone(this ILogger logger, string reason);
}
