using Postfleet.Contracts.Stats;
using Postfleet.Core.Queueing;

namespace Postfleet.Admin.Metrics;

/// <summary>
/// Sums over the queues and destinations of this node, for its gauges. Made by two passes over the published counts, without a list of the
/// queues: the second pass sums the domains of the largest queues over their streams. Immutable after <see cref="Of"/>.
/// </summary>
internal sealed class NodeSums
{
    private readonly Dictionary<string, StreamSums> _streams = new(StringComparer.Ordinal) { [QueueKey.DefaultStream] = new StreamSums() };
    private readonly List<KeyValuePair<string, long>> _domains = [];

    /// <summary>The sums by label of the stream.</summary>
    public IReadOnlyDictionary<string, StreamSums> Streams => _streams;

    /// <summary>The domains with the most messages, with their messages; the largest first.</summary>
    public IReadOnlyList<KeyValuePair<string, long>> Domains => _domains;

    /// <summary>The messages of all other domains.</summary>
    public long OtherDomains { get; private set; }

    /// <summary>Destinations.</summary>
    public long Destinations { get; private set; }

    /// <summary>Destinations in a pause after their site could not be reached.</summary>
    public long InBackOff { get; private set; }

    /// <summary>Open connections to mail hosts.</summary>
    public long Connections { get; private set; }

    /// <summary>Jobs waiting for a connection or for the rate.</summary>
    public long WaitingJobs { get; private set; }

    /// <summary>Outcomes without an acknowledgement of their queue.</summary>
    public long UnacknowledgedOutcomes { get; private set; }

    /// <summary>Sums up the present counts.</summary>
    /// <param name="stats">The counts of this node.</param>
    /// <param name="labels">The labels of streams.</param>
    /// <param name="domains">The maximum number of domains with their own sums.</param>
    /// <param name="now">The time, by which pauses end.</param>
    public static NodeSums Of(NodeStats stats, StreamLabels labels, int domains, DateTimeOffset now)
    {
        var sums = new NodeSums();
        sums.AddQueues(stats, labels, domains);
        foreach (var (_, counts) in stats.Destinations) sums.Add(counts, now);
        return sums;
    }

    private void AddQueues(NodeStats stats, StreamLabels labels, int domains)
    {
        // A domain has a queue for each stream, so more queues than domains are candidates.
        var largest = new LargestQueues(domains * 2);
        var total = 0L;
        foreach (var (queue, counts) in stats.Queues)
        {
            if (counts.Messages == 0) continue;
            total += counts.Messages;
            largest.Add(queue, counts.Messages);
            Add(labels.Of(queue), counts);
        }

        var perDomain = largest.Domains();
        var byName = perDomain.GetAlternateLookup<ReadOnlySpan<char>>();
        foreach (var (queue, counts) in stats.Queues)
            if (byName.TryGetValue(queue.DomainSpan, out var messages)) byName[queue.DomainSpan] = messages + counts.Messages;
        _domains.AddRange(perDomain.Where(domain => domain.Value > 0).OrderByDescending(domain => domain.Value)
            .ThenBy(domain => domain.Key, StringComparer.Ordinal).Take(domains));
        // The counts change between the passes.
        OtherDomains = Math.Max(0, total - _domains.Sum(domain => domain.Value));
    }

    private void Add(string stream, QueueCounts counts)
    {
        if (!_streams.TryGetValue(stream, out var sums)) _streams[stream] = sums = new StreamSums();
        sums.Queues++;
        sums.Recipients += counts.Recipients;
        sums.Due += counts.Due;
        sums.Deferred += counts.Deferred;
        sums.InFlight += counts.InFlight;
        sums.Held += counts.Held;
        if (counts.OldestAcceptedAt is { } oldest && !(sums.OldestAcceptedAt <= oldest)) sums.OldestAcceptedAt = oldest;
    }

    private void Add(DestinationCounts counts, DateTimeOffset now)
    {
        Destinations++;
        if (counts.DownUntil > now) InBackOff++;
        Connections += counts.Connections;
        WaitingJobs += counts.Waiting;
        UnacknowledgedOutcomes += counts.Unacknowledged;
    }
}
