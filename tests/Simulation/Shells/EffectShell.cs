using Postfleet.Contracts.Messages;
using Postfleet.Core.Queueing;
using Postfleet.QueueActors.Events;
using Postfleet.QueueActors.Messages;
using Postfleet.QueueActors.State;
using Postfleet.Simulation.Tests.Machinery;
using Postfleet.Simulation.Tests.Models;

namespace Postfleet.Simulation.Tests.Shells;

/// <summary>Runs the decisions of a queue, as <c>EffectRunner</c> does.</summary>
internal sealed class EffectShell(World world, QueueShell owner, QueueKey queue, QueueOperations operations)
{
    private IActor? _destination;

    /// <summary>The destination of the last credit grant.</summary>
    public DestinationShell? Grantor { get; set; }

    public void Run(QueueDecision decision, QueueState state)
    {
        foreach (var effect in decision.Effects) Run(effect, state);
    }

    /// <summary>Runs effects before their rows are durable, where a broken rule allows it.</summary>
    public void RunEarly(QueueDecision decision, IReadOnlyList<object> rows, QueueState state)
    {
        foreach (var effect in decision.Effects.FindAll(IsEarly)) Run(effect, state);
        decision.Effects.RemoveAll(IsEarly);
        if (!world.Breaks(BrokenRule.PartsMarkedBeforeDurable)) return;
        var taken = rows.OfType<QueueEventBatch>().SelectMany(batch => batch.Events).OfType<MessageEnqueued>()
            .Select(e => new QueueMark(e.Message, e.Moved?.Moves ?? 0))
            .ToList();
        if (taken.Count > 0) operations.Mark(taken);
    }

    /// <summary>Whether the ended actor is the watched destination. Ends the watch in this case.</summary>
    public bool IsGone(IActor actor)
    {
        if (actor != _destination) return false;
        _destination = null;
        return true;
    }

    private void Run(QueueEffect effect, QueueState state)
    {
        switch (effect)
        {
            case QueueEffect.AcknowledgeParts e:
                world.Ledger.Acknowledged(queue, e.Messages);
                foreach (var message in e.Messages) world.Trace?.Add(message, $"{queue} on {owner.Node} says that it has it");
                world.Network.Send(owner, (IActor)e.ReplyTo, new Enqueued(queue, e.Messages));
                break;
            case QueueEffect.AskForCredit e: ToDestination(new RequestCredit(e.Target, queue, e.Jobs) { EndsPause = e.EndsPause }); break;
            case QueueEffect.SendJobs e:
                foreach (var job in e.Jobs)
                    world.Trace?.Add(job.Message, $"{queue} on {owner.Node} sends attempt {job.Attempt} to {e.Target.Destination}");
                ToDestination(new Deliver(e.Target, queue, e.Jobs) { Incarnation = e.Incarnation });
                break;
            case QueueEffect.TakeBack e: ToDestination(new ReturnJobs(e.Destination, queue, e.Messages)); break;
            case QueueEffect.AcknowledgeOutcomes when world.Breaks(BrokenRule.OutcomesNotAcknowledged): break;
            case QueueEffect.AcknowledgeOutcomes e:
                foreach (var id in e.Attempts) world.Ledger.OutcomeAcknowledged(queue, id.Message, id.Attempt);
                world.Network.Send(owner, (IActor)e.ReplyTo, new OutcomesAcknowledged(e.Destination, queue, e.Attempts));
                break;
            case QueueEffect.Watch e: if (!world.Breaks(BrokenRule.NoDeathWatch)) Watch((IActor)e.Destination); break;
            case QueueEffect.CheckParts e: operations.Check(e); break;
            case QueueEffect.ResolveRoute: operations.Resolve(); break;
            case QueueEffect.ReportAction e: world.Network.Send(owner, (IActor)e.ReplyTo, e.Progress); break;
            case QueueEffect.Settle e:
                operations.Settle(e.Reports);
                if (!world.Breaks(BrokenRule.SettledForgottenEarly)) break;
                foreach (var report in e.Reports) state.ConfirmSettled(report.Message, report.Attempt);
                break;
            case QueueEffect.Mark e: operations.Mark(e.Marks); break;
            default: throw new InvalidOperationException($"unknown queue effect {effect.GetType().Name}");
        }
    }

    private void ToDestination(IDestinationMessage message) =>
        world.Sharding.Send(owner, Sharding.Destination(message.Destination), message);

    private void Watch(IActor destination)
    {
        if (destination == _destination) return;
        if (_destination is not null) world.DeathWatch.Unwatch(owner, _destination);
        _destination = destination;
        world.DeathWatch.Watch(owner, destination);
    }

    private bool IsEarly(QueueEffect effect) => effect switch
    {
        _ when world.Breaks(BrokenRule.EffectsRunBeforeDurable) => true,
        QueueEffect.AcknowledgeParts => world.Breaks(BrokenRule.PartsAcknowledgedBeforeDurable),
        QueueEffect.AcknowledgeOutcomes => world.Breaks(BrokenRule.OutcomesAcknowledgedBeforeDurable),
        QueueEffect.SendJobs => world.Breaks(BrokenRule.JobsSentBeforeDurable),
        QueueEffect.ReportAction => world.Breaks(BrokenRule.ActionConfirmedBeforeDurable),
        QueueEffect.Settle => world.Breaks(BrokenRule.SettledBeforeDurable),
        _ => false,
    };
}
