using Postfleet.Core.Queueing;
using Postfleet.Spool.Common;

namespace Postfleet.Spool.Cache;

/// <summary>
/// Caches messages lately stored on this node for their deliveries. The cache returns each part once: a second read of a part goes to the
/// storage, which detects if the part was settled meanwhile. Bounded by octets of content; the oldest entry is evicted first.
/// <see cref="GroupCommitSpool"/> owns it. Thread-safe.
/// </summary>
internal sealed class BodyCache(long capacity)
{
    // Approximate bytes of an entry besides its content. Without it, messages without content would never be evicted.
    private const int Overhead = 1024;

    // A few large messages would otherwise displace thousands of small messages. Reading a large message costs little compared to sending
    // it.
    private readonly long _largest = capacity / 8;

    private readonly Lock _lock = new();
    private readonly Dictionary<MessageId, LinkedListNode<Entry>> _entries = [];
    private readonly LinkedList<Entry> _byAge = [];

    /// <summary>The bytes of the cached messages; a message counts until its last part is removed.</summary>
    public long Bytes { get; private set; }

    /// <summary>Adds a message after its commit.</summary>
    public void Add(NewMessage message)
    {
        if (Weight(message) > _largest) return;
        lock (_lock)
        {
            if (_entries.ContainsKey(message.Id)) return;
            var entry = new Entry(message, message.Parts.Select(part => part.Queue).ToHashSet());
            _entries.Add(message.Id, _byAge.AddLast(entry));
            Bytes += Weight(message);
            while (Bytes > capacity) Drop(_byAge.First!);
        }
    }

    /// <summary>Removes and returns a part; null when it is not cached.</summary>
    public SpooledPart? Take(PartId part)
    {
        NewMessage message;
        lock (_lock)
        {
            if (!_entries.TryGetValue(part.Message, out var node) || !node.Value.Open.Remove(part.Queue)) return null;
            message = node.Value.Message;
            if (node.Value.Open.Count == 0) Drop(node);
        }

        var envelope = message.Parts.First(candidate => candidate.Queue == part.Queue).Envelope;
        return new SpooledPart(part, message.AcceptedAt, message.Envelope, envelope, message.Content);
    }

    /// <summary>Removes a settled part.</summary>
    public void Remove(PartId part)
    {
        lock (_lock)
        {
            if (!_entries.TryGetValue(part.Message, out var node)) return;
            if (node.Value.Open.Remove(part.Queue) && node.Value.Open.Count == 0) Drop(node);
        }
    }

    private static long Weight(NewMessage message) => message.Content.Length + Overhead;

    private void Drop(LinkedListNode<Entry> node)
    {
        _byAge.Remove(node);
        _entries.Remove(node.Value.Message.Id);
        Bytes -= Weight(node.Value.Message);
    }

    private sealed record Entry(NewMessage Message, HashSet<QueueKey> Open);
}
