using System.Diagnostics.Metrics;
using Postfleet.Admin.Options;
using Postfleet.Contracts.Stats;

namespace Postfleet.Admin.Metrics;

/// <summary>
/// The gauges of this node: its queues, destinations, shards and storage. A sum over the nodes of a cluster counts nothing
/// twice. <see cref="MetricsEndpoint"/> refreshes them before each collection; the collection reads them on the thread of a request.
/// </summary>
internal sealed class NodeGauges : IDisposable
{
    /// <summary>The name of the meter.</summary>
    public const string MeterName = "Postfleet.Admin";

    private readonly Meter _meter = new(MeterName);
    private readonly DomainGauge _domains;
    private readonly AdminSettings _settings;
    private readonly TimeProvider _time;

    public NodeGauges(AdminSettings settings, TimeProvider time)
    {
        (_settings, _time) = (settings, time);
        _domains = new DomainGauge(() => Reading.Sums);
        Observe("postfleet.node_info", "", "1 for each node; the label version is its version.",
            () => [new(1, Tag("version", settings.Version))]);
        Observe("postfleet.node_roles", "", "1 for each role of the node.", () => settings.Roles
            .Select(role => new Measurement<long>(1, Tag("role", role))));
        Observe("postfleet.queues", "{queue}", "Queues with mail.", () => PerStream(sums => sums.Queues));
        Observe("postfleet.queued.recipients", "{recipient}", "Open recipients in the queues.", () => PerStream(sums => sums.Recipients));
        Observe("postfleet.due.messages", "{message}", "Messages that are due and wait for a route or for credit.",
            () => PerStream(sums => sums.Due));
        Observe("postfleet.deferred.messages", "{message}", "Messages that wait for their next attempt.",
            () => PerStream(sums => sums.Deferred));
        Observe("postfleet.in_flight.messages", "{message}", "Messages whose attempt runs.", () => PerStream(sums => sums.InFlight));
        Observe("postfleet.held.messages", "{message}", "Messages that an operator has put on hold.", () => PerStream(sums => sums.Held));
        Observe("postfleet.oldest_message.age", "s", "Age of the oldest message in the queues; 0 without mail.", () => PerStream(Age));
        ObserveDestinations();
        ObserveStorage();
    }

    private NodeReading Reading { get; set; } = NodeReading.None;

    /// <summary>Shows a new reading. Not to be called during a collection.</summary>
    public void Show(NodeReading reading)
    {
        Reading = reading;
        _domains.Renew();
    }

    public void Dispose()
    {
        _domains.Dispose();
        _meter.Dispose();
    }

    private void ObserveDestinations()
    {
        Observe("postfleet.destinations", "{destination}", "Destinations: sets of mail hosts to which mail is being sent.",
            () => Single(Reading.Sums.Destinations));
        Observe("postfleet.destinations.in_back_off", "{destination}", "Destinations that pause because no host can be reached.",
            () => Single(Reading.Sums.InBackOff));
        Observe("postfleet.destinations.connections", "{connection}", "Connections to mail hosts, being opened and closed included.",
            () => Single(Reading.Sums.Connections));
        Observe("postfleet.destinations.waiting_jobs", "{job}", "Attempts that wait for a connection or for the rate.",
            () => Single(Reading.Sums.WaitingJobs));
        Observe("postfleet.destinations.unacknowledged_outcomes", "{outcome}", "Outcomes that no queue has acknowledged yet.",
            () => Single(Reading.Sums.UnacknowledgedOutcomes));
        Observe("postfleet.shards", "{shard}", "Shards on this node, by the role that owns them.", () => Reading.Shards
            .Select(shards => new Measurement<long>(shards.Value, Tag("role", shards.Key))));
    }

    private void ObserveStorage()
    {
        Observe("postfleet.storage.ready", "", "1 while the storage takes mail, else 0.", () => Single(Reading.IsStorageReady ? 1 : 0));
        if (_settings.StorageFolder is null) return;
        Observe("postfleet.storage.size", "By", "Size of the files of embedded storage.", () => Single(Reading.Storage.Size));
        Observe("postfleet.storage.free", "By", "Free space on the volume of embedded storage.", () => Single(Reading.Storage.Free));
    }

    private void Observe(string name, string unit, string description, Func<IEnumerable<Measurement<long>>> observe) =>
        _meter.CreateObservableGauge(name, observe, unit.Length == 0 ? null : unit, description);

    private IEnumerable<Measurement<long>> PerStream(Func<StreamSums, long> value) =>
        Reading.Sums.Streams.Select(stream => new Measurement<long>(value(stream.Value), Tag(StreamLabels.Name, stream.Key)));

    private long Age(StreamSums sums) =>
        sums.OldestAcceptedAt is { } oldest ? Math.Max(0, (long)(_time.GetUtcNow() - oldest).TotalSeconds) : 0;

    private static IEnumerable<Measurement<long>> Single(long value) => [new(value)];

    private static KeyValuePair<string, object?> Tag(string name, string value) => new(name, value);
}
