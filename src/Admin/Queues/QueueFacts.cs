using Postfleet.Contracts.Stats;
using Postfleet.Core.Queueing;

namespace Postfleet.Admin.Queues;

/// <summary>What the nodes have reported about a queue.</summary>
/// <param name="Counts">Its counts.</param>
internal sealed record QueueFacts(QueueCounts Counts)
{
    /// <summary>Its description; null if the queue has not answered in time, or its node is of an older version.</summary>
    public QueueDescription? Description { get; init; }

    /// <summary>The counts of its destination; null where they are not known.</summary>
    public DestinationCounts? Site { get; init; }

    /// <summary>Its suspension; null for none.</summary>
    public Suspension? Suspension { get; init; }

    /// <summary>The move of its mail to a route; null for none.</summary>
    public Redirection? Redirection { get; init; }

    /// <summary>The node of the queue, if it leaves the cluster; empty if it stays.</summary>
    public string LeavingNode { get; init; } = "";

    /// <summary>The same facts as if a message were the only message of the queue.</summary>
    public QueueFacts Only(WaitingMessage message) => this with
    {
        Counts = Counts with
        {
            Messages = 1,
            Recipients = message.Recipients,
            Due = message.State == WaitingState.Due ? 1 : 0,
            Deferred = message.State == WaitingState.Deferred ? 1 : 0,
            InFlight = message.State == WaitingState.Sending ? 1 : 0,
            Held = message.State == WaitingState.Held ? 1 : 0,
            NextDue = message.NextAttempt,
            LastReply = message.LastReply.Length > 0 ? message.LastReply : null,
        },
    };
}
