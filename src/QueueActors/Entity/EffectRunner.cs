using Akka.Actor;
using Postfleet.Contracts.Messages;
using Postfleet.Core.Queueing;
using Postfleet.QueueActors.Events;
using Postfleet.QueueActors.Messages;
using Postfleet.QueueActors.State;

namespace Postfleet.QueueActors.Entity;

/// <summary>
/// Executes the effects of a queue's decisions: replies to hand-offs, sends to destinations, watches the destination, and starts spool and
/// route operations. Owned by the queue's actor and called on its thread only.
/// </summary>
internal sealed class EffectRunner(QueueOperations operations, IActorContext context)
{
    private IActorRef? _destination;

    private QueueKey Queue => operations.Queue;

    private IActorRef Destinations => operations.Services.Destinations();

    /// <summary>Logs the events of a decision and executes its effects.</summary>
    public void Run(QueueDecision decision)
    {
        var (delivered, deferred) = (0, 0);
        foreach (var e in decision.Events)
        {
            operations.Services.Logger.LogEvent(Queue, e);
            if (e is not AttemptEnded { Result: AttemptResult.Attempted } ended) continue;
            var tally = RecentOutcomes.Tally(ended.Recipients);
            (delivered, deferred) = (delivered + tally.Delivered, deferred + tally.Deferred);
        }

        if (delivered + deferred > 0) Count(delivered, deferred);
        foreach (var effect in decision.Effects) Run(effect);
    }

    /// <summary>Asks the spool to offer the queue's mail again.</summary>
    public void Reoffer() => operations.ReofferAsync().PipeTo(context.Self, success: isDone => new Reoffered(isDone));

    /// <summary>Whether a terminated actor is the watched destination; if so, the watch is cleared.</summary>
    public bool IsGone(IActorRef actor)
    {
        if (!actor.Equals(_destination)) return false;
        _destination = null;
        return true;
    }

    private void Count(int delivered, int deferred)
    {
        var (throughput, now) = (operations.Services.Stats.Throughput, operations.Services.Time.GetUtcNow());
        throughput.Delivered.Add(delivered, now);
        throughput.Deferred.Add(deferred, now);
    }

    private void Run(QueueEffect effect)
    {
        switch (effect)
        {
            case QueueEffect.AcknowledgeParts e: ((IActorRef)e.ReplyTo).Tell(new Enqueued(Queue, e.Messages)); break;
            case QueueEffect.AskForCredit e:
                Destinations.Tell(new RequestCredit(e.Target, Queue, e.Jobs) { EndsPause = e.EndsPause });
                break;
            case QueueEffect.SendJobs e:
                Destinations.Tell(new Deliver(e.Target, Queue, e.Jobs) { Incarnation = e.Incarnation });
                break;
            case QueueEffect.TakeBack e: Destinations.Tell(new ReturnJobs(e.Destination, Queue, e.Messages)); break;
            case QueueEffect.AcknowledgeOutcomes e:
                ((IActorRef)e.ReplyTo).Tell(new OutcomesAcknowledged(e.Destination, Queue, e.Attempts));
                break;
            case QueueEffect.Watch e: Watch((IActorRef)e.Destination); break;
            case QueueEffect.CheckParts e: Complete(operations.CheckAsync(e)); break;
            case QueueEffect.ResolveRoute: Complete(operations.ResolveAsync()); break;
            case QueueEffect.ReportAction e: ((IActorRef)e.ReplyTo).Tell(e.Progress); break;
            case QueueEffect.Settle e: Complete(operations.SettleAsync(e.Reports)); break;
            case QueueEffect.Record e: _ = operations.RecordAsync(e); break;
            case QueueEffect.RecordAction e: Complete(operations.RecordAsync(e)); break;
            case QueueEffect.Mark e: Complete(operations.MarkAsync(e.Marks)); break;
            default: throw new InvalidOperationException($"unknown queue effect {effect.GetType().Name}");
        }
    }

    private void Complete(Task<QueueCommand> operation) => operation.PipeTo(context.Self, success: command => new Completed(command));

    private void Watch(IActorRef destination)
    {
        if (destination.Equals(_destination)) return;
        if (_destination is not null) context.Unwatch(_destination);
        _destination = context.Watch(destination);
    }
}
