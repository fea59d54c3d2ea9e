using Postfleet.Core.Queueing;

namespace Postfleet.Delivery.Destinations.State;

/// <summary>A queue with its jobs waiting for a connection. Removed when the queue has nothing left at the destination.</summary>
internal sealed class QueueLine(QueueKey key) : QueueAccount(key)
{
    /// <summary>The rules for the mail of the queue's domain.</summary>
    public DomainRules Rules { get; set; }

    /// <summary>The jobs waiting for a connection, in order of arrival.</summary>
    public Queue<Job> Waiting { get; } = new();
}
