using Postfleet.Core.Queueing;

namespace Postfleet.QueueActors.State;

/// <summary>
/// Which parts get their hand-off mark in the spool, and when: a part that is settled within seconds never needs one. Marks are not in the
/// journal; after a crash they are written again, which changes nothing.
/// </summary>
internal sealed class MarkTracker
{
    private const int MaxBatch = 500;

    /// <summary>Well below the sweeper's deadline of 60 s.</summary>
    private static readonly long Delay = TimeSpan.FromSeconds(10).Ticks;

    private LeanQueue<(QueueEntry Entry, long Since)> _waiting;
    private LeanQueue<QueueEntry> _now;
    private bool _isUnderWay;
    private long _notBefore;

    public void Add(QueueEntry entry, long now)
    {
        if (!entry.IsMarked) _waiting.Enqueue((entry, now));
    }

    public void AddNow(QueueEntry entry) => _now.Enqueue(entry);

    public long NextWake()
    {
        while (_waiting.TryPeek(out var head) && IsOver(head.Entry)) _waiting.Dequeue();
        if (_isUnderWay || (_now.Count == 0 && _waiting.Count == 0)) return long.MaxValue;
        return Math.Max(_notBefore, _now.Count > 0 ? 0 : _waiting[0].Since + Delay);
    }

    public IReadOnlyList<MessageId>? Take(long now)
    {
        if (_isUnderWay || now < _notBefore) return null;
        List<MessageId>? batch = null;
        while ((batch?.Count ?? 0) < MaxBatch && _now.TryDequeue(out var entry)) Take(entry, ref batch);
        while ((batch?.Count ?? 0) < MaxBatch && _waiting.TryPeek(out var head) && (IsOver(head.Entry) || head.Since + Delay <= now))
        {
            Take(_waiting.Dequeue().Entry, ref batch);
        }

        _isUnderWay = batch is not null;
        return batch;
    }

    public void Confirm(IReadOnlyList<MessageId> messages, bool isDone, long now, QueueState state)
    {
        _isUnderWay = false;
        _notBefore = isDone ? 0 : now + Delay;
        foreach (var message in messages)
        {
            if (state.Find(message) is not { } entry) continue;
            if (isDone) entry.IsMarked = true;
            else _now.Enqueue(entry);
        }
    }

    /// <summary>Gives back the room that is not needed.</summary>
    public void Trim()
    {
        _waiting.Trim();
        _now.Trim();
    }

    private static bool IsOver(QueueEntry entry) => entry.IsRemoved || entry.IsMarked;

    private static void Take(QueueEntry entry, ref List<MessageId>? batch)
    {
        if (!IsOver(entry)) (batch ??= []).Add(entry.Message);
    }
}
