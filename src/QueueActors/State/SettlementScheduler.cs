using Postfleet.Contracts.Messages;
using Postfleet.Core.Collections;
using Postfleet.Core.Queueing;
using Postfleet.Core.Units;
using Postfleet.QueueActors.Events;

namespace Postfleet.QueueActors.State;

/// <summary>
/// Selects the next reports for the spool. Only a single batch is in progress at a time, and a single report for each message, the oldest
/// first: a report must not delete the part before earlier reports have read it. Owned by <see cref="QueueMachine"/>.
/// </summary>
internal sealed class SettlementScheduler(QueueState state)
{
    private const int MaxBatch = 500;
    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan MaxPause = TimeSpan.FromSeconds(60);

    private RingQueue<MessageId> _waiting;
    private HashSet<MessageId>? _known;
    private List<SettlementRequest>? _inProgress;
    private TimeSpan _pause;
    private long _notBefore;

    public void Add(MessageId message)
    {
        if ((_known ??= []).Add(message)) _waiting.Enqueue(message);
    }

    public long NextWake() => _inProgress is null && _waiting.Count > 0 ? _notBefore : long.MaxValue;

    public IReadOnlyList<SettlementRequest>? NextBatch(long now)
    {
        if (_inProgress is not null || _waiting.Count == 0 || now < _notBefore) return null;
        while ((_inProgress?.Count ?? 0) < MaxBatch && _waiting.TryDequeue(out var message))
        {
            if (state.Unsettled.TryGetValue(message, out var reports)) (_inProgress ??= []).Add(reports[0]);
            else _known!.Remove(message);
        }

        return _inProgress;
    }

    /// <summary>The batch has returned.</summary>
    /// <param name="confirmed">The attempts confirmed by the spool.</param>
    /// <param name="isComplete">Whether the whole batch is confirmed; otherwise the rest is repeated after a pause.</param>
    /// <param name="now">UTC ticks.</param>
    public void Confirm(IReadOnlyList<AttemptId> confirmed, bool isComplete, long now)
    {
        foreach (var attempt in confirmed) state.ConfirmSettled(attempt.Message, attempt.Attempt);
        foreach (var report in _inProgress ?? [])
        {
            if (state.Unsettled.ContainsKey(report.Message)) _waiting.Enqueue(report.Message);
            else _known!.Remove(report.Message);
        }

        _inProgress = null;
        _pause = isComplete ? TimeSpan.Zero : ExponentialPause.Next(_pause, FirstPause, MaxPause);
        _notBefore = isComplete ? 0 : now + _pause.Ticks;
    }

    /// <summary>Releases unused capacity.</summary>
    public void Trim()
    {
        _waiting.Trim();
        if (_known is { Count: 0 }) _known = null;
    }
}
