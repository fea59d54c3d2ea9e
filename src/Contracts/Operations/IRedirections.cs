using Postfleet.Core.Queueing;

namespace Postfleet.Contracts.Operations;

/// <summary>The moves to a route in force, as this node knows them. Implemented by the module Operations. Thread-safe, and cheap.</summary>
public interface IRedirections
{
    /// <summary>Whether no move to a route is in force: queues use their own routes.</summary>
    bool IsEmpty { get; }

    /// <summary>Whether the own destination of a queue decides about a move, so that <see cref="Find"/> must be given it.</summary>
    bool NeedsSite(QueueKey queue);

    /// <summary>Finds the newest move to a route that concerns a queue; null when the queue uses its own route.</summary>
    /// <param name="queue">The queue.</param>
    /// <param name="own">The destination by its own route; null if it is not resolved, which matches no site.</param>
    Redirection? Find(QueueKey queue, DestinationId? own);
}
