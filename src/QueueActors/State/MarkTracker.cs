using Postfleet.Core.Collections;
using Postfleet.Core.Queueing;

namespace Postfleet.QueueActors.State;

/// <summary>The hand-off mark of a message; see <see cref="PartMark"/>.</summary>
/// <param name="Message">The message.</param>
/// <param name="Moves">How often its part was moved.</param>
internal readonly record struct QueueMark(MessageId Message, int Moves);

/// <summary>
/// Decides which parts get their hand-off mark in the spool, and when: a part settled within seconds never needs a mark. Marks are not in
/// the journal; after a crash they are written again, which is idempotent. Owned by <see cref="QueueMachine"/>.
/// </summary>
internal sealed class MarkTracker
{
    private const int MaxBatch = 500;

    /// <summary>Well below the sweeper's deadline of 60 s.</summary>
    private static readonly long Delay = TimeSpan.FromSeconds(10).Ticks;

    private RingQueue<(QueueEntry Entry, long Since)> _waiting;
    private RingQueue<QueueEntry> _now;
    private bool _isInProgress;
    private long _notBefore;

    public void Add(QueueEntry entry, long now)
    {
        if (!entry.IsMarked) _waiting.Enqueue((entry, now));
    }

    public void AddNow(QueueEntry entry) => _now.Enqueue(entry);

    public long NextWake()
    {
        while (_waiting.TryPeek(out var head) && IsObsolete(head.Entry)) _waiting.Dequeue();
        if (_isInProgress || (_now.Count == 0 && _waiting.Count == 0)) return long.MaxValue;
        return Math.Max(_notBefore, _now.Count > 0 ? 0 : _waiting[0].Since + Delay);
    }

    public IReadOnlyList<QueueMark>? NextBatch(long now)
    {
        if (_isInProgress || now < _notBefore) return null;
        List<QueueMark>? batch = null;
        while ((batch?.Count ?? 0) < MaxBatch && _now.TryDequeue(out var entry)) AddTo(entry, ref batch);
        while ((batch?.Count ?? 0) < MaxBatch && _waiting.TryPeek(out var head) && (IsObsolete(head.Entry) || head.Since + Delay <= now))
        {
            AddTo(_waiting.Dequeue().Entry, ref batch);
        }

        _isInProgress = batch is not null;
        return batch;
    }

    public void Confirm(IReadOnlyList<QueueMark> marks, bool isDone, long now, QueueState state)
    {
        _isInProgress = false;
        _notBefore = isDone ? 0 : now + Delay;
        foreach (var mark in marks)
        {
            // The message may have left for another queue and come back meanwhile.
            if (state.Find(mark.Message) is not { } entry || entry.Moves != mark.Moves) continue;
            if (isDone) entry.IsMarked = true;
            else _now.Enqueue(entry);
        }
    }

    /// <summary>Releases unused capacity.</summary>
    public void Trim()
    {
        _waiting.Trim();
        _now.Trim();
    }

    private static bool IsObsolete(QueueEntry entry) => entry.IsRemoved || entry.IsMarked;

    private static void AddTo(QueueEntry entry, ref List<QueueMark>? batch)
    {
        if (!IsObsolete(entry)) (batch ??= []).Add(new QueueMark(entry.Message, entry.Moves));
    }
}
