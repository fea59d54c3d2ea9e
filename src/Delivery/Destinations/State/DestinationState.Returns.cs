using Postfleet.Contracts.Messages;

namespace Postfleet.Delivery.Destinations.State;

/// <content>Returns waiting jobs to their queues.</content>
internal sealed partial class DestinationState
{
    /// <summary>A queue takes back waiting jobs. If it takes back all, it wants no credit either.</summary>
    public void Return(ReturnJobs message)
    {
        if (_credits.Find(message.Queue) is not { } line) return;
        var meant = message.Messages.Count == 0 ? null : message.Messages.ToHashSet();
        foreach (var job in _waiting.Withdraw(line, job => meant is null || meant.Contains(job.Part.Message))) _outcomes.Return(job);
        if (meant is null) _credits.Ask(message.Queue, 0);
    }

    private void Requeue(Job job)
    {
        if (_isStopping) _outcomes.Return(job);
        else _waiting.AddFirst(job);
    }

    private void ReturnWaiting()
    {
        while (_waiting.TryTake(out var job)) _outcomes.Return(job);
    }
}
