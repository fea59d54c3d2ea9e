using Postfleet.Contracts.Messages;

namespace Postfleet.QueueActors.State;

/// <summary>
/// Takes back jobs that wait at a destination: all jobs when the queue is suspended, and the jobs of messages for which an operator's
/// action waits. Running attempts end by themselves. Owned by <see cref="Dispatcher"/>.
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
        if (isSuspended && state.InFlight > 0)
            foreach (var destination in state.Entries.Where(entry => entry.IsInFlight).Select(entry => entry.Destination).Distinct())
                batch.Add(new QueueEffect.TakeBack(destination, []));
        return isSuspended;
    }

    /// <summary>Takes back the jobs of messages with an attempt in flight.</summary>
    public static void TakeBack(IEnumerable<QueueEntry> entries, IDecisionBatch batch)
    {
        foreach (var group in entries.GroupBy(entry => entry.Destination, entry => entry.Message))
            foreach (var chunk in group.Chunk(ReturnJobs.MaxMessages)) batch.Add(new QueueEffect.TakeBack(group.Key, chunk));
    }
}
