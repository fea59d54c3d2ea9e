using Postfleet.Core.Protocol.Messages;
using Postfleet.Core.Queueing;

namespace Postfleet.QueueActors.HandOff;

/// <summary>
/// The parts of this node that no queue has acknowledged: a bounded window of them, each sent again with growing pauses. What exceeds the window, or stays in it
/// for too long, is left to the sweeper, which finds it by its row. No I/O, no clock, no actor.
/// </summary>
internal sealed class HandOffState(int window, TimeSpan giveUpAfter, Func<double> random)
{
    private static readonly long FirstPause = TimeSpan.FromSeconds(1).Ticks;
    private static readonly long MaxPause = TimeSpan.FromSeconds(30).Ticks;

    private readonly Dictionary<PartId, Pending> _pending = [];
    private readonly PriorityQueue<Pending, long> _due = new();

    private sealed class Pending(HandOffPart part, long since)
    {
        public HandOffPart Part { get; } = part;

        public long Since { get; } = since;

        public int Sent { get; set; }

        public bool IsDone { get; set; }
    }

    /// <summary>Parts that wait for an acknowledgement.</summary>
    public int Count => _pending.Count;

    /// <summary>Parts that were left to the sweeper.</summary>
    public long LeftToSweeper { get; private set; }

    /// <summary>When the next part is to be sent again; null when none is.</summary>
    public long? NextDue => _due.TryPeek(out _, out var due) ? due : null;

    public void Offer(HandOffPart part, DateTimeOffset now)
    {
        if (_pending.ContainsKey(part.Part)) return;
        if (_pending.Count >= window)
        {
            LeftToSweeper++;
            return;
        }

        var pending = new Pending(part, now.UtcTicks);
        _pending.Add(part.Part, pending);
        _due.Enqueue(pending, now.UtcTicks);
    }

    public void Acknowledge(Enqueued acknowledged)
    {
        foreach (var message in acknowledged.Messages)
            if (_pending.Remove(new PartId(message, acknowledged.Queue), out var pending)) pending.IsDone = true;
    }

    /// <summary>What is to be sent now, gathered by queue.</summary>
    public IReadOnlyList<Enqueue> TakeDue(DateTimeOffset now)
    {
        Dictionary<QueueKey, List<PartOffer>>? offers = null;
        while (_due.TryPeek(out var pending, out var due) && due <= now.UtcTicks)
        {
            _due.Dequeue();
            if (pending.IsDone) continue;
            if (now.UtcTicks - pending.Since > giveUpAfter.Ticks)
            {
                _pending.Remove(pending.Part.Part);
                LeftToSweeper++;
                continue;
            }

            var (part, recipients, acceptedAt) = pending.Part;
            offers ??= [];
            if (!offers.TryGetValue(part.Queue, out var parts)) offers.Add(part.Queue, parts = []);
            parts.Add(new PartOffer(part.Message, recipients, acceptedAt, pending.Sent > 0));
            _due.Enqueue(pending, now.UtcTicks + Pause(++pending.Sent));
        }

        return offers is null ? [] :
            [.. offers.SelectMany(offer => offer.Value.Chunk(Enqueue.MaxParts).Select(chunk => new Enqueue(offer.Key, chunk)))];
    }

    private long Pause(int sent)
    {
        var pause = Math.Min(FirstPause * Math.Pow(2, Math.Min(sent - 1, 20)), MaxPause);
        return (long)(pause * (0.9 + 0.2 * random()));
    }
}
