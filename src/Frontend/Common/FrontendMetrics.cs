using System.Diagnostics.Metrics;
using System.Security.Authentication;
using Postfleet.Contracts.Receiving;

namespace Postfleet.Frontend.Common;

/// <summary>Metrics of the Frontend module, documented in <c>docs/metrics.md</c>. Thread-safe.</summary>
internal static class FrontendMetrics
{
    private const string ListenerLabel = "listener";

    private const string TlsLabel = "tls";

    private static readonly Meter Meter = new("Postfleet.Frontend");

    private static readonly Counter<long> Messages = Meter.CreateCounter<long>(
        "postfleet.accepted.messages", "{message}", "Messages accepted from clients and stored durably.");

    private static readonly Counter<long> Recipients = Meter.CreateCounter<long>(
        "postfleet.accepted.recipients", "{recipient}", "Recipients of accepted messages.");

    private static readonly Counter<long> Octets = Meter.CreateCounter<long>(
        "postfleet.accepted", "By", "Octets of content of accepted messages.");

    private static readonly Histogram<double> AcceptDuration = Meter.CreateHistogram(
        "postfleet.accept.duration", "s", "Time from the end of a message's content to its durable acceptance.",
        tags: null, new InstrumentAdvice<double>
        {
            HistogramBucketBoundaries = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
        });

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

    /// <summary>Starts the counters of a listener at zero, so that a scrape has them before their first event.</summary>
    public static void Begin(ListenerProfile listener)
    {
        Accepted(listener, 0, 0);
        Messages.Add(0, Of(listener));
        Connections.Add(0, Of(listener));
        OpenConnections.Add(0, Of(listener));
        Sessions.Add(0, Of(listener));
        NotStored.Add(0, Of(listener));
        Handshakes.Add(0, Of(listener), new(TlsLabel, "failed"));
        foreach (var reason in RejectionReason.All) Rejections.Add(0, Of(listener), new("reason", reason));
    }

    /// <summary>Counts an accepted message.</summary>
    /// <param name="listener">The listener of the session.</param>
    /// <param name="recipients">The number of recipients.</param>
    /// <param name="octets">The size of the content.</param>
    /// <param name="duration">The time from the end of the content.</param>
    public static void Accepted(ListenerProfile listener, int recipients, long octets, TimeSpan duration)
    {
        Messages.Add(1, Of(listener));
        Accepted(listener, recipients, octets);
        AcceptDuration.Record(duration.TotalSeconds, Of(listener));
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

    private static void Accepted(ListenerProfile listener, int recipients, long octets)
    {
        Recipients.Add(recipients, Of(listener));
        Octets.Add(octets, Of(listener));
    }

    private static KeyValuePair<string, object?> Of(ListenerProfile listener) => new(ListenerLabel, listener.Service);
}
