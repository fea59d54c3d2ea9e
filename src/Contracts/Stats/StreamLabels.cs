using System.Collections.Concurrent;
using Postfleet.Core.Queueing;

namespace Postfleet.Contracts.Stats;

/// <summary>
/// The values of the metric label <c>stream</c>. The first streams that a process sees keep their names, and all later streams share
/// <see cref="Other"/>, so that metrics have a bounded number of series. A known stream costs no allocation. Thread-safe.
/// </summary>
/// <param name="max">The maximum number of streams with their own names.</param>
public sealed class StreamLabels(int max)
{
    /// <summary>The name of the label.</summary>
    public const string Name = "stream";

    /// <summary>The label of all streams beyond the maximum.</summary>
    public const string Other = "other";

    /// <summary>The maximum number of streams with names of their own in <see cref="Shared"/>.</summary>
    public const int MaxShared = 20;

    private readonly Lock _gate = new();
    private readonly ConcurrentDictionary<string, string> _known = new(StringComparer.Ordinal);

    /// <summary>The labels of this process, which all modules share so that their series fit together.</summary>
    public static StreamLabels Shared { get; } = new(MaxShared);

    /// <summary>The label of a queue's stream.</summary>
    public string Of(QueueKey queue)
    {
        var stream = queue.StreamSpan;
        return stream is QueueKey.DefaultStream ? QueueKey.DefaultStream
            : _known.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(stream, out var known) ? known
            : Add(queue.Stream);
    }

    private string Add(string stream)
    {
        lock (_gate)
        {
            // The default stream always has its name.
            if (_known.TryGetValue(stream, out var known)) return known;
            if (_known.Count >= max - 1) return Other;
            _known[stream] = stream;
            return stream;
        }
    }
}
