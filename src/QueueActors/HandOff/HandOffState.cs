using Postfleet.Core.Queueing;
using Postfleet.Core.Units;
using Postfleet.QueueActors.Common;
using Postfleet.QueueActors.Messages;

namespace Postfleet.QueueActors.HandOff;

/// <summary>
/// The unacknowledged parts of this node: a bounded window, each part sent again with growing pauses. Parts beyond the window, or in it for
/// too long, are left to the sweeper, which finds their rows. No I/O, no clock, no actor.
/// </summary>
/// <remarks>
/// <para>The pause before the first repeat follows the time in which queues answer, as TCP's retransmission does (RFC 6298, with its rule
/// not to measure repeats). Otherwise slow queues would be offered all waiting parts a second time, and fall further behind.</para>
/// <para>The times must come from a monotonic clock: a step of the wall clock would stop the repeats or time all parts out.</para>
/// </remarks>
internal sealed class HandOffState(int window, TimeSpan giveUpAfter, Func<double> random)
{
    private static readonly long FirstPause = TimeSpan.FromSeconds(1).Ticks;
    private static readonly long MaxPause = TimeSpan.FromSeconds(30).Ticks;

    // The lower bound of the random factor of a pause.
    private const double Least = 0.9;

    private const int DoneToSweepOut = 1024;

    private readonly Dictionary<PartId, Waiting> _pending = [];
    // Ordered by time, and by arrival where times are equal, which a heap alone does not keep.
    private readonly PriorityQueue<Waiting, (long At, long Order)> _due = new();
    private long _order;
    private long _slowest;

    private sealed class Waiting(PendingPart part, long since)
    {
        public PendingPart Part { get; } = part;

        public long Since { get; } = since;

        public int Sent { get; set; }

        public long SentAt { get; set; }

        public bool IsFresh { get; set; }

        public bool IsDone { get; set; }
    }

    /// <summary>The maximum number of parts without acknowledgement.</summary>
    public int Window => window;

    /// <summary>Parts without acknowledgement.</summary>
    public int Count => _pending.Count;

    /// <summary>The waiting parts offered once or not yet, which may be on their way. A repeated part waits for a silent queue.</summary>
    public int Fresh { get; private set; }

    /// <summary>Parts in memory, including acknowledged parts still in the heap: below a small multiple of the window.</summary>
    public int Held => _due.Count;

    /// <summary>The counts so far.</summary>
    public HandOffCounts Counts { get; private set; }

    /// <summary>The time, in ticks, at which the next part is to be sent; null when none is.</summary>
    public long? NextDue => _due.TryPeek(out _, out var due) ? due.At : null;

    /// <summary>The waiting parts, in no order.</summary>
    public IReadOnlyList<PendingPart> Pending() => [.. _pending.Values.Select(pending => pending.Part)];

    /// <summary>Adds a part to the window, unless the window is full.</summary>
    /// <param name="part">The part.</param>
    /// <param name="now">The time.</param>
    /// <param name="isRepeat">Whether the part may have been offered to its queue already.</param>
    public void Offer(PendingPart part, DateTimeOffset now, bool isRepeat = false)
    {
        if (_pending.ContainsKey(part.Id)) return;
        if (_pending.Count >= window)
        {
            Counts = Counts with { Overflowed = Counts.Overflowed + 1 };
            return;
        }

        var pending = new Waiting(part, now.UtcTicks) { Sent = isRepeat ? 1 : 0, IsFresh = !isRepeat };
        if (pending.IsFresh) Fresh++;
        _pending.Add(part.Id, pending);
        Schedule(pending, now.UtcTicks);
    }

    /// <summary>A queue has accepted parts.</summary>
    public void Acknowledge(Enqueued acknowledged, DateTimeOffset now)
    {
        foreach (var message in acknowledged.Messages)
        {
            if (!_pending.Remove(new PartId(message, acknowledged.Queue), out var pending)) continue;
            pending.IsDone = true;
            if (!pending.IsFresh) continue;
            if (pending.Sent > 0) Measure(now.UtcTicks - pending.SentAt);
            Stale(pending);
        }

        while (_due.TryPeek(out var first, out _) && first.IsDone) _due.Dequeue();
        // At full speed far more parts pass in a pause than wait at a time. The heap must not keep them until they are due.
        if (_due.Count > 2 * _pending.Count + DoneToSweepOut) SweepOut();
    }

    /// <summary>The offers to be sent now, grouped by queue.</summary>
    public IReadOnlyList<Enqueue> TakeDue(DateTimeOffset now)
    {
        Dictionary<QueueKey, List<PartOffer>>? offers = null;
        while (_due.TryPeek(out var pending, out var due) && due.At <= now.UtcTicks)
        {
            _due.Dequeue();
            if (pending.IsDone) continue;
            if (pending is { IsFresh: true, Sent: > 0 } && now.UtcTicks - pending.SentAt < (long)(Least * AnswerTime))
            {
                // Queues have become slower since the part was sent.
                Schedule(pending, pending.SentAt + Pause(pending.Sent));
                continue;
            }

            if (now.UtcTicks - pending.Since > giveUpAfter.Ticks)
            {
                _pending.Remove(pending.Part.Id);
                Stale(pending);
                Counts = Counts with { TimedOut = Counts.TimedOut + 1 };
                continue;
            }

            var (queue, part) = pending.Part;
            offers ??= [];
            if (!offers.TryGetValue(queue, out var parts)) offers.Add(queue, parts = []);
            parts.Add(new PartOffer(part, pending.Sent > 0));
            Counts = pending.Sent == 0 ? Counts with { Sent = Counts.Sent + 1 } : Counts with { Repeated = Counts.Repeated + 1 };
            if (pending.Sent > 0) Stale(pending);
            pending.SentAt = now.UtcTicks;
            Schedule(pending, now.UtcTicks + Pause(++pending.Sent));
        }

        return offers is null ? [] :
            [.. offers.SelectMany(offer => offer.Value.Chunk(Enqueue.MaxParts).Select(chunk => new Enqueue(offer.Key, chunk)))];
    }

    private void Schedule(Waiting pending, long at) => _due.Enqueue(pending, (at, _order++));

    private void SweepOut()
    {
        var alive = _due.UnorderedItems.Where(item => !item.Element.IsDone).ToArray();
        _due.Clear();
        _due.EnqueueRange(alive);
    }

    private void Stale(Waiting pending)
    {
        if (pending.IsFresh) Fresh--;
        pending.IsFresh = false;
    }

    // The slowest recent answer: raised at once, since later parts will wait longer still, and lowered slowly.
    private void Measure(long time) => _slowest = time >= _slowest ? time : _slowest - (_slowest - time) / 64;

    private double AnswerTime => Math.Min(FirstPause + 2.0 * _slowest, MaxPause);

    private long Pause(int sent)
    {
        var pause = ExponentialPause.After(sent, AnswerTime, MaxPause);
        return (long)(pause * (Least + 0.2 * random()));
    }
}
