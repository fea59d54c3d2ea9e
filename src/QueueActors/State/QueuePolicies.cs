using System.Collections.Concurrent;
using Postfleet.Contracts.Stats;
using Postfleet.Core.Queueing;
using Postfleet.QueueActors.Options;

namespace Postfleet.QueueActors.State;

/// <summary>
/// The policies of all queues by the configuration: a stream's times are above those of the domain, which are above those of section
/// <c>Queues</c>. Queues with the same entries get the same object. Asked when a queue starts and after a reload. Thread-safe.
/// </summary>
internal sealed class QueuePolicies
{
    private const int NoEntry = -1;

    private readonly QueueOptions _options;
    private readonly IReadOnlyList<StreamOptions> _streams;
    private readonly StreamSet _names;
    private readonly ConcurrentDictionary<(int Stream, int Domain), QueuePolicy> _policies = [];

    /// <param name="options">Section <c>Queues</c>.</param>
    /// <param name="streams">Section <c>Streams</c>.</param>
    public QueuePolicies(QueueOptions options, IReadOnlyList<StreamOptions> streams) =>
        (_options, _streams, _names) = (options, streams, StreamOptions.SetOf(streams));

    /// <summary>The policy of a queue.</summary>
    public QueuePolicy For(QueueKey queue) => _policies.GetOrAdd(EntriesOf(queue), entries => PolicyOf(TimesOf(entries)));

    /// <summary>The times of a queue, with their keys.</summary>
    public QueueTimes TimesOf(QueueKey queue) => TimesOf(EntriesOf(queue));

    /// <summary>The weight of the queue's stream, with its key.</summary>
    public QueueSetting WeightOf(QueueKey queue) => new(
        nameof(StreamOptions.Weight), $"{_names.WeightOf(queue.Stream)}",
        _names.TryFind(queue.Stream, out var index) ? $"Streams:{index}:Weight" : "Streams");

    private QueueTimes TimesOf((int Stream, int Domain) entries)
    {
        var times = QueueTimes.Of(_options);
        if (entries.Domain != NoEntry) times = times.Under(_options.Domains[entries.Domain], entries.Domain);
        return entries.Stream == NoEntry ? times : times.Under(_streams[entries.Stream], entries.Stream);
    }

    private (int Stream, int Domain) EntriesOf(QueueKey queue) =>
        (_names.TryFind(queue.Stream, out var stream) ? stream : NoEntry, DomainOf(queue.Domain));

    // The first matching entry applies.
    private int DomainOf(string domain)
    {
        for (var index = 0; index < _options.Domains.Count; index++) if (_options.Domains[index].Domain.Matches(domain)) return index;
        return NoEntry;
    }

    private static QueuePolicy PolicyOf(QueueTimes times) =>
        new(times.FirstRetry.Value, times.MaxRetry.Value, times.Lifetime.Value) { DelayWarning = times.DelayWarning.Value };
}
