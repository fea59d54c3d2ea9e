using Postfleet.Contracts.Messages;
using Postfleet.Core.Queueing;

namespace Postfleet.QueueActors.State;

/// <summary>
/// Which reports go to the spool next. One batch is under way at a time, and of one message one report at a time, oldest first: a report
/// that deletes the part must not overtake one that still reads it.
/// </summary>
internal sealed class SettlementScheduler(QueueState state)
{
    private const int MaxBatch = 500;
    private static readonly long FirstPause = TimeSpan.FromSeconds(1).Ticks;
    private static readonly long MaxPause = TimeSpan.FromSeconds(60).Ticks;

    private LeanQueue<MessageId> _waiting;
    private HashSet<MessageId>? _known;
    private List<SettlementRequest>? _underWay;
    private long _pause;
    private long _notBefore;

    public void Add(MessageId message)
    {
        if ((_known ??= []).Add(message)) _waiting.Enqueue(message);
    }

    public long NextWake() => _underWay is null && _waiting.Count > 0 ? _notBefore : long.MaxValue;

    public IReadOnlyList<SettlementRequest>? Take(long now)
    {
        if (_underWay is not null || _waiting.Count == 0 || now < _notBefore) return null;
        while ((_underWay?.Count ?? 0) < MaxBatch && _waiting.TryDequeue(out var message))
        {
            if (state.Unsettled.TryGetValue(message, out var reports)) (_underWay ??= []).Add(reports[0]);
            else _known!.Remove(message);
        }

        return _underWay;
    }

    /// <summary>The batch is back.</summary>
    /// <param name="confirmed">What the spool has confirmed of it.</param>
    /// <param name="isComplete">Whether that is all; if not, the rest waits for a while.</param>
    /// <param name="now">UTC ticks.</param>
    public void Confirm(IReadOnlyList<AttemptId> confirmed, bool isComplete, long now)
    {
        foreach (var attempt in confirmed) state.ConfirmSettled(attempt.Message, attempt.Attempt);
        foreach (var report in _underWay ?? [])
        {
            if (state.Unsettled.ContainsKey(report.Message)) _waiting.Enqueue(report.Message);
            else _known!.Remove(report.Message);
        }

        _underWay = null;
        _pause = isComplete ? 0 : Math.Clamp(_pause * 2, FirstPause, MaxPause);
        _notBefore = isComplete ? 0 : now + _pause;
    }

    /// <summary>Gives back the room that is not needed.</summary>
    public void Trim()
    {
        _waiting.Trim();
        if (_known is { Count: 0 }) _known = null;
    }
}
