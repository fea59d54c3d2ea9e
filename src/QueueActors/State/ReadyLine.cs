using System.Diagnostics.CodeAnalysis;
using Postfleet.Core.Collections;
using Postfleet.Core.Mail;

namespace Postfleet.QueueActors.State;

/// <summary>
/// The due messages of a queue in the order in which they are sent, while they wait for a route or for credit: the highest priority first
/// (RFC 6710 section 5.1), and in the order of arrival within a priority. Of <see cref="OldestOfEach"/> messages, one is the message that
/// is due for longest, so that no priority waits forever. Owned by <see cref="Dispatcher"/>. A mutable struct, used as a field and not
/// copied.
/// </summary>
internal struct ReadyLine
{
    /// <summary>Of so many messages, one is sent by its age and not by its priority.</summary>
    public const int OldestOfEach = 8;

    private const int Levels = MessagePriority.Max - MessagePriority.Min + 1;

    private const int Normal = -MessagePriority.Min;

    // Nearly all messages have priority 0.
    private RingQueue<QueueEntry> _normal;

    // The messages by priority, the lowest first; without those of priority 0. Null while there is no other.
    private RingQueue<QueueEntry>[]? _others;
    private int _countOfOthers;
    private int _turn;

    public readonly int Count => _normal.Count + _countOfOthers;

    public void Add(QueueEntry entry)
    {
        entry.IsReady = true;
        if (entry.Part.Priority == 0)
        {
            _normal.Enqueue(entry);
            return;
        }

        (_others ??= new RingQueue<QueueEntry>[Levels])[entry.Part.Priority + Normal].Enqueue(entry);
        _countOfOthers++;
    }

    public bool TryDequeue([MaybeNullWhen(false)] out QueueEntry entry)
    {
        entry = Count == 0 ? null : Dequeue();
        return entry is not null;
    }

    public QueueEntry Dequeue()
    {
        if (_others is null) return _normal.Dequeue();
        _turn = (_turn + 1) % OldestOfEach;
        var level = _turn == 0 ? OldestLevel() : HighestLevel();
        if (level == Normal) return _normal.Dequeue();
        var entry = _others[level].Dequeue();
        if (--_countOfOthers == 0) _others = null;
        return entry;
    }

    /// <summary>The messages, the highest priority first. The line must not change meanwhile.</summary>
    public readonly IEnumerable<QueueEntry> Enumerate()
    {
        for (var level = Levels - 1; level >= 0; level--)
            for (var i = 0; i < CountOf(level); i++) yield return level == Normal ? _normal[i] : _others![level][i];
    }

    /// <summary>Takes messages out of the line; the others keep their order.</summary>
    public void Withdraw(Predicate<QueueEntry> isMeant)
    {
        Withdraw(ref _normal, isMeant);
        if (_others is null) return;
        _countOfOthers = 0;
        foreach (ref var line in _others.AsSpan())
        {
            Withdraw(ref line, isMeant);
            _countOfOthers += line.Count;
        }

        if (_countOfOthers == 0) _others = null;
    }

    /// <summary>Releases unused capacity.</summary>
    public void Trim()
    {
        _normal.Trim();
        foreach (ref var line in _others.AsSpan()) line.Trim();
    }

    private static void Withdraw(ref RingQueue<QueueEntry> line, Predicate<QueueEntry> isMeant)
    {
        for (var left = line.Count; left > 0; left--)
        {
            var entry = line.Dequeue();
            if (isMeant(entry)) entry.IsReady = false;
            else line.Enqueue(entry);
        }
    }

    private readonly int CountOf(int level) => level == Normal ? _normal.Count : _others is null ? 0 : _others[level].Count;

    private readonly int HighestLevel()
    {
        var level = Levels - 1;
        while (CountOf(level) == 0) level--;
        return level;
    }

    private readonly int OldestLevel()
    {
        var (oldest, due) = (-1, long.MaxValue);
        for (var level = Levels - 1; level >= 0; level--)
        {
            if (CountOf(level) == 0) continue;
            var first = level == Normal ? _normal[0] : _others![level][0];
            if (oldest >= 0 && first.NextDue >= due) continue;
            (oldest, due) = (level, first.NextDue);
        }

        return oldest;
    }
}
