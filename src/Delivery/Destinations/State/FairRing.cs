using System.Diagnostics.CodeAnalysis;

namespace Postfleet.Delivery.Destinations.State;

/// <summary>
/// The order of turns: streams take turns, and within a stream its queues do, so that neither a stream with many queues nor a queue with
/// many jobs delays the others.
/// </summary>
internal sealed class FairRing
{
    private readonly Queue<StreamRing> _streams = new();
    private readonly Dictionary<string, StreamRing> _byName = new(StringComparer.Ordinal);
    private readonly HashSet<QueueLine> _members = [];

    /// <summary>Puts a queue at the end of its stream, unless it is in the ring already.</summary>
    public void Add(QueueLine line)
    {
        if (!_members.Add(line)) return;
        if (!_byName.TryGetValue(line.Stream, out var stream))
        {
            _byName.Add(line.Stream, stream = new StreamRing(line.Stream));
            _streams.Enqueue(stream);
        }

        stream.Lines.Enqueue(line);
    }

    /// <summary>Removes the queue whose turn it is. The caller adds it again when the queue has more to do.</summary>
    public bool TryTake([NotNullWhen(true)] out QueueLine? line)
    {
        line = null;
        if (!_streams.TryDequeue(out var stream)) return false;
        line = stream.Lines.Dequeue();
        _members.Remove(line);
        if (stream.Lines.Count > 0) _streams.Enqueue(stream);
        else _byName.Remove(stream.Name);
        return true;
    }

    /// <summary>Removes a queue out of turn; the others keep their order. Reads the whole stream.</summary>
    public void Remove(QueueLine line)
    {
        if (!_members.Remove(line)) return;
        var stream = _byName[line.Stream];
        RemoveFrom(stream.Lines, line);
        if (stream.Lines.Count > 0) return;
        _byName.Remove(stream.Name);
        RemoveFrom(_streams, stream);
    }

    private static void RemoveFrom<T>(Queue<T> queue, T item)
        where T : class
    {
        for (var left = queue.Count; left > 0; left--) if (queue.Dequeue() is var each && each != item) queue.Enqueue(each);
    }

    /// <summary>The queue whose turn it is.</summary>
    public bool TryPeek([NotNullWhen(true)] out QueueLine? line)
    {
        line = _streams.TryPeek(out var stream) ? stream.Lines.Peek() : null;
        return line is not null;
    }

    private sealed class StreamRing(string name)
    {
        public string Name => name;

        public Queue<QueueLine> Lines { get; } = new();
    }
}
