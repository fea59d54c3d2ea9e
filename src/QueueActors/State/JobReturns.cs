using Postfleet.Contracts.Messages;
using Postfleet.Core.Queueing;

namespace Postfleet.QueueActors.State;

/// <summary>
/// Takes back jobs that wait at a destination: all jobs when the queue is suspended, jobs at the old destination when an operator has
/// changed the route, and the jobs of messages for which an operator's action waits. Running attempts end by themselves. Owned by
/// <see cref="Dispatcher"/>.
/// </summary>
internal sealed class JobReturns(QueueState state, IDecisionBatch batch)
{
    private bool _isSuspended;

    /// <summary>Follows the suspension of the queue, and takes all jobs back at its beginning.</summary>
    /// <returns>Whether a suspension has begun.</returns>
    public bool Follow(bool isSuspended)
    {
        if (isSuspended == _isSuspended) return false;
        _isSuspended = isSuspended;
        if (isSuspended) TakeBackExcept(null);
        return isSuspended;
    }

    /// <summary>Takes back the jobs at all destinations but one; null for all.</summary>
    public void TakeBackExcept(DestinationId? destination)
    {
        if (state.InFlight == 0) return;
        foreach (var other in state.Entries.Where(entry => entry.IsInFlight && entry.Destination != destination)
            .Select(entry => entry.Destination).Distinct())
            batch.Add(new QueueEffect.TakeBack(other, []));
    }

    /// <summary>Takes back the jobs of messages with an attempt in flight.</summary>
    public static void TakeBack(IEnumerable<QueueEntry> entries, IDecisionBatch batch)
    {
        foreach (var group in entries.GroupBy(entry => entry.Destination, entry => entry.Message))
            foreach (var chunk in group.Chunk(ReturnJobs.MaxMessages)) batch.Add(new QueueEffect.TakeBack(group.Key, chunk));
    }
}
