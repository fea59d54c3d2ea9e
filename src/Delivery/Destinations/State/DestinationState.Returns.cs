using Postfleet.Contracts.Budgets;
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

    /// <summary>A connection is closed.</summary>
    public void Closed(int connection, DateTimeOffset now)
    {
        if (_pool.Closed(connection) is not { } job) return;
        _waiting.Ended(job, null, now);
        Requeue(job, now);
    }

    /// <summary>Accepts no more jobs. Waiting jobs are returned, running jobs end.</summary>
    public void Stop()
    {
        _isStopping = true;
        _credits.WithdrawAll();
        ReturnWaiting();
    }

    /// <summary>The storage has answered about units of the daily limit, or could not.</summary>
    public void Answered(DailyCap day, BudgetAnswer? answer, DateTimeOffset now)
    {
        day.Answered(answer, now);
        if (day != _waiting.Day || _isStopping) day.GiveUp();
        else if (day.OverUntil(now) is not null) _gateDue = DateTimeOffset.MinValue;
    }

    // A job whose connection ended before the attempt began starts on another one, unless no mail of its queue is sent any more.
    private void Requeue(Job job, DateTimeOffset now)
    {
        var isHeld = job.Account is QueueLine line
            && (_shaping.PauseOf(line.Stream, now) is not null || ClosedFor(line.Rules, now) is not null);
        if (_isStopping || isHeld) _outcomes.Return(job);
        else _waiting.AddFirst(job);
    }

    private void ReturnWaiting()
    {
        while (_waiting.TryTake(out var job)) _outcomes.Return(job);
    }
}
