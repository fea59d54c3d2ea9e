using System.Diagnostics.Metrics;
using System.Security.Authentication;
using Postfleet.Configuration;
using Postfleet.Contracts.Budgets;
using Postfleet.Contracts.Receiving;
using Postfleet.Frontend.Options;

namespace Postfleet.Frontend.Common;

/// <summary>Metrics of the Frontend module, documented in <c>docs/metrics.md</c>. Thread-safe.</summary>
internal static class FrontendMetrics
{
    private const string ListenerLabel = "listener";

    private const string TlsLabel = "tls";

    private const string Changed = "change";

    private static readonly string[] VerdictWords = [.. Enum.GetNames<VerdictKind>().Select(name => name.ToLowerInvariant())];

    private static readonly Meter Meter = new("Postfleet.Frontend");

    private static readonly Counter<long> Connections = Meter.CreateCounter<long>(
        "postfleet.smtp.connections", "{connection}", "Connections of clients, refused connections included.");

    private static readonly UpDownCounter<long> OpenConnections = Meter.CreateUpDownCounter<long>(
        "postfleet.smtp.open_connections", "{connection}", "Open connections of clients.");

    private static readonly Counter<long> Sessions = Meter.CreateCounter<long>(
        "postfleet.smtp.sessions", "{session}", "Sessions: connections within the limits, after a PROXY header where there is one.");

    private static readonly Counter<long> Handshakes = Meter.CreateCounter<long>(
        "postfleet.smtp.tls_handshakes", "{handshake}", "TLS handshakes of clients, by the version of TLS, or failed.");

    private static readonly Counter<long> Rejections = Meter.CreateCounter<long>(
        "postfleet.smtp.rejections", "{reply}", "Replies that refuse or defer a connection, a command or a message.");

    private static readonly Counter<long> NotStored = Meter.CreateCounter<long>(
        "postfleet.smtp.not_stored_messages", "{message}", "Complete messages that the storage did not take; the clients were deferred.");

    private static readonly Counter<long> Authentications = Meter.CreateCounter<long>(
        "postfleet.smtp.authentications", "{authentication}", "Ends of AUTH dialogues, by mechanism and result.");

    private static readonly Counter<long> Guessing = Meter.CreateCounter<long>(
        "postfleet.smtp.password_guessing", "{occurrence}", "Users and networks with more failed log-ins than are forgiven.");

    /// <summary>Counts a user or a network with many failed log-ins.</summary>
    /// <param name="subject"><c>user</c> or <c>network</c>.</param>
    public static void GuessingNoticed(string subject) => Guessing.Add(1, new KeyValuePair<string, object?>("subject", subject));

    private static readonly Counter<long> LimitedRecipients = Meter.CreateCounter<long>(
        "postfleet.submission.limited", "{recipient}", "Recipients that a limit of the user refused, by limit.");

    /// <summary>Counts a recipient that a limit of a user refused.</summary>
    /// <param name="limit">The key of the limit, such as <c>maxRate</c>.</param>
    public static void Limited(string limit) => LimitedRecipients.Add(1, new KeyValuePair<string, object?>("limit", limit));

    private static readonly Counter<long> InboundResults = Meter.CreateCounter<long>(
        "postfleet.inbound.results", "{result}", "Results of SPF, DKIM, ARC and DMARC for inbound messages.");

    private static readonly Counter<long> UnknownRecipients = Meter.CreateCounter<long>(
        "postfleet.inbound.unknown_recipients", "{recipient}",
        "Recipients refused since neither the recipient files nor the next host know them.");

    /// <summary>Counts a recipient that nobody knows.</summary>
    /// <param name="count">0 only starts the counter.</param>
    public static void UnknownRecipient(long count = 1) => UnknownRecipients.Add(count);

    /// <summary>Counts a result for an inbound message.</summary>
    /// <param name="method">The method, for example <c>dkim</c>.</param>
    /// <param name="result">The result, for example <c>pass</c>.</param>
    /// <param name="count">0 only starts the counter.</param>
    public static void Authenticated(string method, string result, long count = 1) =>
        InboundResults.Add(count, new KeyValuePair<string, object?>("method", method), new KeyValuePair<string, object?>("result", result));

    private static readonly Counter<long> FilterVerdicts = Meter.CreateCounter<long>(
        "postfleet.filter.verdicts", "{verdict}", "Verdicts of filters on messages, and on commands that they defer or refuse.");

    private static readonly Counter<long> FilterFailures = Meter.CreateCounter<long>(
        "postfleet.filter.failures", "{failure}", "Failures of filters, by cause.");

    private static readonly Histogram<double> FilterDuration = Meter.CreateHistogram<double>(
        "postfleet.filter.duration", "s", "Time that a filter takes for a complete message.", tags: null,
        new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60] });

    /// <summary>Starts the counters of a filter at zero.</summary>
    /// <param name="filter">The name of the filter.</param>
    public static void BeginFilter(string filter)
    {
        foreach (var result in (string[])[.. VerdictWords, Changed]) FilterVerdicts.Add(0, Of(filter), new("result", result));
        FilterFailures.Add(0, Of(filter), new("cause", "unreachable"));
    }

    /// <summary>Counts the verdict of a filter.</summary>
    /// <param name="filter">The name of the filter.</param>
    /// <param name="verdict">The verdict.</param>
    /// <param name="duration">The time that it took, for a complete message.</param>
    public static void Filtered(string filter, in Verdict verdict, TimeSpan? duration = null)
    {
        var result = verdict.Change is null ? VerdictWords[(int)verdict.Kind] : Changed;
        FilterVerdicts.Add(1, Of(filter), new("result", result));
        if (duration is { } time) FilterDuration.Record(time.TotalSeconds, Of(filter));
    }

    /// <summary>Counts a failure of a filter.</summary>
    /// <param name="filter">The name of the filter.</param>
    /// <param name="cause">The cause: unreachable, timeout, closed, memory or malformed.</param>
    public static void FilterFailed(string filter, string cause) => FilterFailures.Add(1, Of(filter), new("cause", cause));

    private static KeyValuePair<string, object?> Of(string filter) => new("filter", filter);

    private static readonly Counter<long> ScreenedRecipients = Meter.CreateCounter<long>(
        "postfleet.inbound.screened", "{recipient}", "Recipients of strangers that a check of whether mail is wanted has decided about.");

    /// <summary>Counts a recipient that a check of whether mail is wanted has decided about.</summary>
    /// <param name="check">The check, for example <c>access</c>.</param>
    /// <param name="result"><c>allowed</c>, <c>refused</c>, <c>deferred</c> or <c>unknown</c>.</param>
    /// <param name="count">0 only starts the counter.</param>
    public static void Screened(string check, string result, long count = 1) => ScreenedRecipients.Add(
        count, new KeyValuePair<string, object?>("check", check), new KeyValuePair<string, object?>("result", result));

    private static readonly Counter<long> PassedMessages = Meter.CreateCounter<long>(
        "postfleet.passed", "{message}", "Complete messages that were to be passed on to a host before they are accepted, by result.");

    /// <summary>Counts a complete message that was to be passed on to a host.</summary>
    /// <param name="result"><c>passed</c>, <c>refused</c>, <c>deferred</c>, or <c>queued</c> where the host was away.</param>
    /// <param name="count">0 only starts the counter.</param>
    public static void Passed(string result, long count = 1) =>
        PassedMessages.Add(count, new KeyValuePair<string, object?>("result", result));

    private static readonly Counter<long> RateUnits = Meter.CreateCounter<long>(
        "postfleet.inbound.rates", "{unit}",
        "Connections, messages and recipients that rates of strangers deferred, or that this node judged alone, without the storage.");

    /// <summary>Counts a use of a rate of strangers.</summary>
    /// <param name="rule">The rule.</param>
    /// <param name="result"><c>deferred</c>, or <c>alone</c> where the storage could not be asked.</param>
    /// <param name="count">0 only starts the counter.</param>
    public static void RateTaken(RateOptions rule, string result, long count = 1) => RateUnits.Add(
        count, new KeyValuePair<string, object?>("count", TextForms.Write(rule.Count)),
        new KeyValuePair<string, object?>("by", TextForms.Write(rule.By)), new KeyValuePair<string, object?>("result", result));

    private static readonly Counter<long> DnsListAnswers = Meter.CreateCounter<long>(
        "postfleet.inbound.dns_list_answers", "{answer}",
        "Answers of DNS lists, by result; off: the list is switched off, and was not asked.");

    /// <summary>Counts an answer of a DNS list.</summary>
    /// <param name="result"><c>listed</c>, <c>absent</c>, <c>failed</c>, or <c>off</c> where the list is switched off.</param>
    /// <param name="count">0 only starts the counter.</param>
    public static void DnsListAnswered(string result, long count = 1) =>
        DnsListAnswers.Add(count, new KeyValuePair<string, object?>("result", result));

    /// <summary>Counts the end of an AUTH dialogue.</summary>
    public static void AuthenticationEnded(ListenerProfile listener, string mechanism, AuthenticationEnd end) => Authentications.Add(
        1, Of(listener), new("mechanism", mechanism), new("result", end switch
        {
            AuthenticationEnd.Succeeded => "succeeded",
            AuthenticationEnd.Failed => "failed",
            AuthenticationEnd.Malformed => "malformed",
            AuthenticationEnd.Cancelled => "cancelled",
            _ => "unavailable",
        }));

    /// <summary>Starts the counters of a listener at zero, so that a scrape has them before their first event.</summary>
    public static void Begin(ListenerProfile listener)
    {
        AcceptanceMetrics.Begin(listener.Service);
        Connections.Add(0, Of(listener));
        OpenConnections.Add(0, Of(listener));
        Sessions.Add(0, Of(listener));
        NotStored.Add(0, Of(listener));
        Authentications.Add(0, Of(listener), new("mechanism", "PLAIN"), new("result", "failed"));
        foreach (var limit in UserBudgets.Keys) LimitedRecipients.Add(0, new KeyValuePair<string, object?>("limit", limit));
        Handshakes.Add(0, Of(listener), new(TlsLabel, "failed"));
        Guessing.Add(0, new KeyValuePair<string, object?>("subject", "user"));
        Guessing.Add(0, new KeyValuePair<string, object?>("subject", "network"));
        Authenticated("dmarc", "fail", 0);
        UnknownRecipient(0);
        foreach (var result in (string[])["passed", "refused", "deferred", "queued"]) Passed(result, 0);
        Screened("access", "refused", 0);
        Screened("access", "allowed", 0);
        Screened("dns-lists", "refused", 0);
        foreach (var result in (string[])["allowed", "deferred", "unknown"]) Screened("greylisting", result, 0);
        foreach (var result in (string[])["alone", "deferred"]) RateTaken(new RateOptions(), result, 0);
        foreach (var answer in (string[])["listed", "absent", "failed", "off"]) DnsListAnswered(answer, 0);
        foreach (var reason in RejectionReason.All) Rejections.Add(0, Of(listener), new("reason", reason));
    }

    /// <summary>Counts a complete message that was not stored.</summary>
    public static void NotStoredBy(ListenerProfile listener) => NotStored.Add(1, Of(listener));

    public static void ConnectionOpened(ListenerProfile listener)
    {
        Connections.Add(1, Of(listener));
        OpenConnections.Add(1, Of(listener));
    }

    public static void ConnectionClosed(ListenerProfile listener) => OpenConnections.Add(-1, Of(listener));

    public static void SessionBegan(ListenerProfile listener) => Sessions.Add(1, Of(listener));

    /// <summary>Counts a TLS handshake.</summary>
    /// <param name="listener">The listener of the session.</param>
    /// <param name="version">The version; null for a failed handshake.</param>
    public static void HandshakeEnded(ListenerProfile listener, SslProtocols? version) => Handshakes.Add(
        1, Of(listener), new(TlsLabel, version switch
        {
            null => "failed",
            SslProtocols.Tls12 => "TLSv1.2",
            SslProtocols.Tls13 => "TLSv1.3",
            _ => "older",
        }));

    /// <summary>Counts a reply that refuses or defers.</summary>
    public static void Rejected(ListenerProfile listener, ReadOnlySpan<byte> reply) =>
        Rejections.Add(1, Of(listener), new("reason", RejectionReason.Of(reply)));

    private static KeyValuePair<string, object?> Of(ListenerProfile listener) => new(ListenerLabel, listener.Service);
}
