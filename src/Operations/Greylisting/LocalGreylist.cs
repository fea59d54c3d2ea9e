using Microsoft.Extensions.Logging;
using Postfleet.Contracts.Greylisting;
using Postfleet.Core.Collections;
using Postfleet.Core.Greylisting;
using Postfleet.Operations.Common;
using Postfleet.Spool.Common;

namespace Postfleet.Operations.Greylisting;

/// <summary>
/// Greylisting on this node: remembers known triplets and those that wait, and carries the other questions to the storage. One batch is on
/// its way at a time, a pause follows, and questions that come meanwhile share the next one: a flood of unknown mail costs the storage at
/// most a hundred small transactions a second, whatever its size. Without questions it has no timer and asks nothing. Thread-safe.
/// </summary>
internal sealed class LocalGreylist(IGreylistStore store, TimeProvider time, ILogger logger) : IGreylist
{
    /// <summary>The most questions that wait; mail of further ones is not greylisted.</summary>
    public const int MaxWaiting = 5_000;

    /// <summary>The pause between two batches.</summary>
    public static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(10);

    private const int Remembered = 100_000;

    // Known ones are asked about again each hour, so that their last time is written, and operators may delete rows.
    private static readonly TimeSpan KnownFor = TimeSpan.FromHours(1);

    private readonly Lock _lock = new();
    private readonly ExpiringSet<Guid> _known = new(KnownFor, Remembered, time);
    private readonly WaitTimes _waits = new(Remembered, time);
    private readonly OrderedDictionary<(GreylistTriplet, GreylistRules), List<Waiter>> _questions = [];
    private int _waiting;
    private bool _isRunning;
    private bool _isAway;

    /// <inheritdoc/>
    public GreylistAnswer? TryMeet(in GreylistTriplet triplet)
    {
        if (_known.Contains(triplet.Key) || _known.Contains(triplet.Sender))
            return new GreylistAnswer(GreylistAnswerKind.Passed, TimeSpan.Zero);
        return _waits.Left(triplet.Key) is { } left ? new GreylistAnswer(GreylistAnswerKind.Deferred, left) : null;
    }

    /// <inheritdoc/>
    public async ValueTask<GreylistAnswer> MeetAsync(GreylistTriplet triplet, GreylistRules rules, CancellationToken cancellationToken)
    {
        var waiter = new Waiter();
        lock (_lock)
        {
            if (_waiting >= MaxWaiting) return new GreylistAnswer(GreylistAnswerKind.Unknown, TimeSpan.Zero);
            _waiting++;
            if (!_questions.TryGetValue((triplet, rules), out var waiters)) _questions[(triplet, rules)] = waiters = [];
            waiters.Add(waiter);
            if (!_isRunning)
            {
                _isRunning = true;
                _ = Task.Run(WorkAsync, CancellationToken.None);
            }
        }

        return await waiter.Task.WaitAsync(cancellationToken);
    }

    private async Task WorkAsync()
    {
        while (Next() is { } batch)
        {
            try
            {
                var meetings = await store.MeetAsync(batch.Triplets, batch.Rules, CancellationToken.None);
                if (_isAway) logger.GreylistIsBack();
                _isAway = false;
                for (var i = 0; i < meetings.Count; i++) Answer(batch.Triplets[i], meetings[i], batch.Rules, batch.Waiters[i]);
            }
#pragma warning disable CA1031 // The mail passes without greylisting; the next batch has other questions.
            catch (Exception e)
#pragma warning restore CA1031
            {
                if (e is not SpoolUnavailableException) logger.GreylistFault(e);
                else if (!_isAway) logger.GreylistIsAway(e.Message);
                _isAway = e is SpoolUnavailableException;
                foreach (var waiter in batch.Waiters.SelectMany(waiters => waiters))
                    waiter.TrySetResult(new GreylistAnswer(GreylistAnswerKind.Unknown, TimeSpan.Zero));
            }
            finally
            {
                lock (_lock) _waiting -= batch.Waiters.Sum(waiters => waiters.Count);
            }

            await Task.Delay(Pause, time, CancellationToken.None);
        }
    }

    private void Answer(in GreylistTriplet triplet, in GreylistMeeting meeting, GreylistRules rules, List<Waiter> waiters)
    {
        var isPassed = meeting.State is GreylistState.Known or GreylistState.KnownSender or GreylistState.Proved;
        if (isPassed)
        {
            _known.Add(meeting.State == GreylistState.KnownSender ? triplet.Sender : triplet.Key);
            _waits.Remove(triplet.Key);
        }
        else
        {
            _waits.Add(triplet.Key, meeting.Wait);
        }

        var answer = new GreylistAnswer(isPassed ? GreylistAnswerKind.Passed : GreylistAnswerKind.Deferred, meeting.Wait);
        foreach (var waiter in waiters) waiter.TrySetResult(answer);
    }

    // A batch has one set of rules: they differ during a reload alone.
    private Batch? Next()
    {
        lock (_lock)
        {
            if (_questions.Count == 0)
            {
                _isRunning = false;
                return null;
            }

            var rules = _questions.GetAt(0).Key.Item2;
            List<GreylistTriplet> triplets = [];
            List<List<Waiter>> waiters = [];
            for (var i = 0; i < _questions.Count && triplets.Count < IGreylistStore.MaxBatch;)
            {
                var ((triplet, those), asking) = _questions.GetAt(i);
                if (those != rules)
                {
                    i++;
                    continue;
                }

                _questions.RemoveAt(i);
                triplets.Add(triplet);
                waiters.Add(asking);
            }

            return new Batch(rules, triplets, waiters);
        }
    }

    private sealed record Batch(GreylistRules Rules, List<GreylistTriplet> Triplets, List<List<Waiter>> Waiters);

    private sealed class Waiter() : TaskCompletionSource<GreylistAnswer>(TaskCreationOptions.RunContinuationsAsynchronously);
}
