using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Postfleet.Contracts.Receiving;
using Postfleet.Contracts.Stats;
using Postfleet.Core.Queueing;
using Postfleet.Delivery.Destinations.State;

namespace Postfleet.Delivery.Common;

/// <summary>Metrics of the Delivery module, documented in <c>docs/metrics.md</c>. Thread-safe.</summary>
internal static class DeliveryMetrics
{
    private const string Delivered = "delivered";

    private const string Aborted = "aborted";

    private const string Crashed = "crashed";

    private const string Outcome = "outcome";

    private const string NoTls = "none";

    private static readonly (string Mode, string Result)[] PolicyResults =
        [("enforce", "met"), ("enforce", "refused"), ("enforce", "waived"), ("testing", "met"), ("testing", "failed")];

    private static readonly Meter Meter = new("Postfleet.Delivery");

    private static readonly Counter<long> Attempts = Meter.CreateCounter<long>(
        "postfleet.attempts", "{attempt}", "Ended attempts to deliver a part, by the best outcome among its recipients.");

    private static readonly Histogram<double> Duration = Meter.CreateHistogram(
        "postfleet.attempt.duration", "s", "Duration of attempts with a reply for each recipient, over all hosts that were tried.",
        tags: null,
        new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 600] });

    private static readonly Counter<long> Octets = Meter.CreateCounter<long>(
        "postfleet.sent", "By", "Octets of content in attempts with a delivered recipient.");

    private static readonly Counter<long> Connections = Meter.CreateCounter<long>(
        "postfleet.outgoing.connections", "{connection}", "Connections to mail hosts that were opened, or failed to open.");

    private static readonly Counter<long> Callouts = Meter.CreateCounter<long>(
        "postfleet.callouts", "{question}", "Questions to next hosts whether they accept a recipient, by answer.");

    private static readonly Counter<long> PolicyFetches = Meter.CreateCounter<long>(
        "postfleet.mtasts.fetches", "{fetch}", "Fetches of MTA-STS policies by this node.");

    private static readonly Counter<long> PolicyChecks = Meter.CreateCounter<long>(
        "postfleet.mtasts.checks", "{message}", "Messages to domains with an MTA-STS policy, by its mode and whether it was met.");

    private static readonly Counter<long> DaneChecks = Meter.CreateCounter<long>(
        "postfleet.dane.checks", "{message}", "Messages to mail hosts with TLSA records, by whether the records were met.");

    private static readonly Counter<long> Shaping = Meter.CreateCounter<long>(
        "postfleet.shaping.steps", "{step}", "Limits of destinations that rules for replies lowered, that rose again, and pauses.");

    // Versions of TLS by the text of the connection, of which few differ.
    private static readonly ConcurrentDictionary<string, string> Versions = new(StringComparer.Ordinal);

    /// <summary>Starts all counters at zero, so that a scrape has them before their first event.</summary>
    public static void Begin()
    {
        foreach (var outcome in (string[])[Delivered, "deferred", "failed", Aborted, Crashed])
            Attempts.Add(0, Tag(StreamLabels.Name, QueueKey.DefaultStream), Tag(Outcome, outcome));
        Octets.Add(0);
        foreach (var result in Enum.GetValues<CalloutResult>()) Callouts.Add(0, Tag("result", WordOf(result)));
        foreach (var outcome in (string[])["fetched", "failed"]) PolicyFetches.Add(0, Tag(Outcome, outcome));
        foreach (var (mode, result) in PolicyResults) PolicyChecks.Add(0, Tag("mode", mode), Tag("result", result));
        foreach (var result in (string[])["met", "refused", "waived"]) DaneChecks.Add(0, Tag("result", result));
        foreach (var step in Enum.GetValues<ShapingStep>()) if (WordOf(step) is { } word) Shaping.Add(0, Tag("step", word));
        Connections.Add(0, Tag(Outcome, "opened"), Tag("tls", NoTls));
        Connections.Add(0, Tag(Outcome, "failed"), Tag("tls", NoTls));
    }

    /// <summary>Counts a fetch of a policy.</summary>
    public static void Fetched(bool isFetched) => PolicyFetches.Add(1, Tag(Outcome, isFetched ? "fetched" : "failed"));

    /// <summary>Counts a message to a domain with a policy.</summary>
    /// <param name="mode">The mode of the policy.</param>
    /// <param name="result">met, refused, failed or waived.</param>
    public static void Checked(string mode, string result) => PolicyChecks.Add(1, Tag("mode", mode), Tag("result", result));

    /// <summary>Counts a message to a mail host with TLSA records.</summary>
    /// <param name="result">met, refused or waived.</param>
    public static void CheckedDane(string result) => DaneChecks.Add(1, Tag("result", result));

    /// <summary>Counts the answer of a host about a recipient.</summary>
    public static void CalledOut(CalloutResult result) => Callouts.Add(1, Tag("result", WordOf(result)));

    /// <summary>Counts a step of what replies have taught of a site.</summary>
    public static void Shaped(ShapingStep step)
    {
        if (WordOf(step) is { } word) Shaping.Add(1, Tag("step", word));
    }

    private static string? WordOf(ShapingStep step) => step switch
    {
        ShapingStep.Slowed => "slowed",
        ShapingStep.Raised => "raised",
        ShapingStep.Recovered => "recovered",
        ShapingStep.Paused => "paused",
        _ => null,
    };

    private static string WordOf(CalloutResult result) => result switch
    {
        CalloutResult.Accepted => "accepted",
        CalloutResult.Refused => "refused",
        _ => "unknown",
    };

    /// <summary>Counts an attempt.</summary>
    /// <param name="queue">The queue of the part.</param>
    /// <param name="job">How the attempt ended.</param>
    /// <param name="duration">The duration of the attempt.</param>
    public static void Ended(QueueKey queue, JobOutcome job, TimeSpan duration)
    {
        // Nothing was sent, and nothing is left to send.
        if (job.Result == AttemptResult.PartGone) return;
        var outcome = job.Result switch
        {
            AttemptResult.Attempted => Best(job.Recipients),
            AttemptResult.NotAttempted => Aborted,
            _ => Crashed,
        };
        Attempts.Add(1, Tag(StreamLabels.Name, StreamLabels.Shared.Of(queue)), Tag(Outcome, outcome));
        if (job.Result == AttemptResult.Attempted) Duration.Record(duration.TotalSeconds, Tag(Outcome, outcome));
    }

    /// <summary>Counts the content of a transaction with a delivered recipient.</summary>
    /// <param name="octets">The size of the content.</param>
    /// <param name="outcomes">The outcomes of the recipients.</param>
    public static void Sent(long octets, IReadOnlyList<RecipientOutcome> outcomes)
    {
        if (Best(outcomes) == Delivered) Octets.Add(octets);
    }

    /// <summary>Counts an opened connection.</summary>
    /// <param name="tls">The TLS parameters of the connection, which begin with the version, or <c>none</c>.</param>
    public static void Connected(string tls) => Connections.Add(1, Tag(Outcome, "opened"), Tag("tls", VersionOf(tls)));

    /// <summary>Counts a connection that was not opened.</summary>
    public static void NotConnected() => Connections.Add(1, Tag(Outcome, "failed"), Tag("tls", NoTls));

    private static string Best(IReadOnlyList<RecipientOutcome> outcomes)
    {
        var isDeferred = false;
        for (var i = 0; i < outcomes.Count; i++)
        {
            if (outcomes[i].Disposition == Disposition.Delivered) return Delivered;
            isDeferred |= outcomes[i].Disposition == Disposition.Deferred;
        }

        return isDeferred ? "deferred" : "failed";
    }

    private static string VersionOf(string tls)
    {
        var comma = tls.IndexOf(',', StringComparison.Ordinal);
        var version = comma < 0 ? tls.AsSpan() : tls.AsSpan(0, comma);
        return Versions.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(version, out var known) ? known
            : Versions.GetOrAdd(version.ToString(), static text => text);
    }

    private static KeyValuePair<string, object?> Tag(string name, string value) => new(name, value);
}
