using Postfleet.Contracts.Messages;
using Postfleet.Core.Queueing;
using Postfleet.QueueActors.Events;

namespace Postfleet.Simulation.Tests.Checks;

/// <content>The facts about operators' actions.</content>
internal sealed partial class Ledger
{
    /// <summary>The parts that a queue's journal has and that are not ended.</summary>
    public IReadOnlyList<PartId> FindOwned(QueueKey queue) =>
        [.. _parts.Where(part => part.Key.Queue == queue && part.Value.Owner == queue && !part.Value.IsEnded).Select(part => part.Key)];

    /// <summary>A queue confirms an action: the parts that it had when the action was ordered have taken it, or have ended.</summary>
    public void CheckApplied(ApplyAction order, IReadOnlyList<PartId> meant)
    {
        // An attempt in flight is a try already.
        if (order.Action is MessageAction.Retry or MessageAction.Release) return;
        foreach (var id in meant)
        {
            var part = _parts[id];
            if (part.LastAction < order.Number && part.Owner == id.Queue && !part.IsEnded && !part.IsSettled && !part.IsDamaged)
                throw new PromiseBrokenException("action", $"{id.Queue} confirms action {order.Number} too early", id.Message);
        }
    }

    private void Act(ActionApplied e, AttemptId message, QueueKey queue)
    {
        var part = Of(message.Message, queue);
        if (part.LastAction >= e.Number && !part.IsDamaged)
            throw new PromiseBrokenException("action", $"a message takes action {e.Number} after {part.LastAction}", message.Message);
        part.LastAction = e.Number;
        part.IsHeld = e.Action == MessageAction.Hold || (part.IsHeld && e.Action != MessageAction.Release);
        if (e.Action is not (MessageAction.Bounce or MessageAction.Delete or MessageAction.Move)) return;
        Record(message.Message, queue, message.Attempt);
        if (e.Action == MessageAction.Move)
        {
            if (part.Owner == queue) part.Owner = null;
            return;
        }

        part.IsEnded = true;
        part.IsDeleted |= e.Action == MessageAction.Delete;
    }
}
