using Postfleet.Contracts.Stats;
using Postfleet.QueueActors.State;

namespace Postfleet.QueueActors.Entity;

/// <summary>Collects the counts of a queue for monitoring. Called on the queue's thread.</summary>
internal static class QueueCounting
{
    public static QueueCounts Count(QueueState state, QueueMachine machine, QueueServices services) => new()
    {
        Messages = state.Entries.Count,
        Recipients = state.OpenRecipients,
        Due = machine.Due,
        Deferred = state.Entries.Count - machine.Due - state.InFlight - state.Held,
        InFlight = state.InFlight,
        Held = state.Held,
        OldestAcceptedAt = state.FindOldest() is { } oldest && oldest <= services.Time.GetUtcNow() ? oldest : null,
        LastReply = state.LastNegativeReply is { } reply ? services.Replies.Describe(reply) : null,
        Destination = machine.Destination?.Value,
        NextDue = machine.NextAttempt(services.Time.GetUtcNow()),
    };
}
