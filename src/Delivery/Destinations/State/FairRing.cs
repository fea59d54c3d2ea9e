using System.Diagnostics.CodeAnalysis;
using Postfleet.Core.Queueing;

namespace Postfleet.Delivery.Destinations.State;

/// <summary>
/// The order of turns: streams share them by their weights, and within a stream its queues take turns, so that neither a stream with many
/// queues nor a queue with many jobs delays the others. Streams are ordered by self-clocked fair queueing (Golestani, 1994): the next turn
/// of a stream ends a step after its last one, or after the clock if it was idle, and the clock is the end of the last turn. A step is
/// inverse to the weight. So a stream that was idle has neither lost nor saved turns, and every stream gets its turn. With equal weights
/// the streams take turns in the order of their arrival.
/// </summary>
internal sealed class FairRing(StreamSet streams)
{
    // The step of a stream of weight 1. The clock holds 2^43 such steps.
    private const long Step = 1 << 20;

    // Idle streams are kept up to this number of streams, so that a queue that leaves after each job allocates nothing.
    private const int MaxKept = 2 * StreamSet.MaxStreams;

    private readonly PriorityQueue<StreamRing, (long End, long Order)> _streams = new();
    private readonly Dictionary<string, StreamRing> _byName = new(StringComparer.Ordinal);
    private readonly HashSet<QueueLine> _members = [];
    private long _clock;
    private long _order;

    /// <summary>Keeps other weights from now on. A stream that waits ends this turn by its old weight.</summary>
    public void Use(StreamSet next)
    {
        if (streams.Equals(next)) return;
        streams = next;
        foreach (var stream in _byName.Values) stream.Step = StepOf(stream.Name);
    }

    /// <summary>Puts a queue at the end of its stream, unless it is in the ring already.</summary>
    public void Add(QueueLine line)
    {
        if (!_members.Add(line)) return;
        var stream = Ring(line.Stream);
        stream.Lines.Enqueue(line);
        // A stream that was idle begins at the clock: its last turn ended then or before.
        if (stream.Lines.Count == 1 && !stream.IsHeld) Enter(stream, _clock);
    }

    /// <summary>Removes the queue whose turn it is. The caller adds it again when the queue has more to do.</summary>
    public bool TryTake([NotNullWhen(true)] out QueueLine? line)
    {
        line = null;
        if (!_streams.TryDequeue(out var stream, out var turn)) return false;
        _clock = turn.End;
        line = stream.Lines.Dequeue();
        _members.Remove(line);
        if (stream.Lines.Count > 0) Enter(stream, _clock);
        else Leave(stream);
        return true;
    }

    /// <summary>Removes a queue out of turn; the others keep their order. Reads the whole stream.</summary>
    public void Remove(QueueLine line)
    {
        if (!_members.Remove(line)) return;
        var stream = _byName[line.Stream];
        for (var left = stream.Lines.Count; left > 0; left--)
            if (stream.Lines.Dequeue() is var each && each != line) stream.Lines.Enqueue(each);
        if (stream.Lines.Count > 0) return;
        _streams.Remove(stream, out _, out _);
        Leave(stream);
    }

    /// <summary>Gives a stream no turn until <see cref="Release"/>. Its queues keep their order.</summary>
    public void Hold(string stream)
    {
        var ring = Ring(stream);
        if (ring.IsHeld) return;
        ring.IsHeld = true;
        if (ring.Lines.Count > 0) _streams.Remove(ring, out _, out _);
    }

    /// <summary>Gives a stream turns again, from now on.</summary>
    public void Release(string stream)
    {
        if (!_byName.TryGetValue(stream, out var ring) || !ring.IsHeld) return;
        ring.IsHeld = false;
        if (ring.Lines.Count > 0) Enter(ring, _clock);
        else Leave(ring);
    }

    /// <summary>Whether a stream is held, and has queues.</summary>
    public bool HasHeld(string stream) => _byName.TryGetValue(stream, out var ring) && ring is { IsHeld: true, Lines.Count: > 0 };

    /// <summary>The queue whose turn it is.</summary>
    public bool TryPeek([NotNullWhen(true)] out QueueLine? line)
    {
        line = _streams.TryPeek(out var stream, out _) ? stream.Lines.Peek() : null;
        return line is not null;
    }

    private StreamRing Ring(string stream)
    {
        if (!_byName.TryGetValue(stream, out var ring)) _byName.Add(stream, ring = new StreamRing(stream) { Step = StepOf(stream) });
        return ring;
    }

    private long StepOf(string stream) => Step / streams.WeightOf(stream);

    private void Enter(StreamRing stream, long begin) => _streams.Enqueue(stream, (begin + stream.Step, ++_order));

    private void Leave(StreamRing stream)
    {
        if (_byName.Count > MaxKept && !stream.IsHeld) _byName.Remove(stream.Name);
    }

    private sealed class StreamRing(string name)
    {
        public string Name => name;

        public long Step { get; set; }

        public bool IsHeld { get; set; }

        public Queue<QueueLine> Lines { get; } = new();
    }
}
