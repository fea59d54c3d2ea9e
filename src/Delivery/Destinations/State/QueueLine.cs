using Postfleet.Core.Queueing;

namespace Postfleet.Delivery.Destinations.State;

/// <summary>What a destination knows of one queue. It goes when nothing of the queue is left.</summary>
internal sealed class QueueLine(QueueKey key)
{
    public QueueKey Key => key;

    /// <summary>The queue's stream; streams take turns before their queues do.</summary>
    public string Stream { get; } = key.Stream;

    /// <summary>Credits that the queue asked for and has not been granted.</summary>
    public int Wanted { get; set; }

    /// <summary>Credits that were granted and not used.</summary>
    public int Granted { get; set; }

    /// <summary>Which grant was the last; an earlier one's lapse is then void.</summary>
    public int GrantNumber { get; set; }

    /// <summary>Jobs that wait for a connection.</summary>
    public Queue<Job> Waiting { get; } = new();

    /// <summary>Jobs known, up to the acknowledgement of their outcomes.</summary>
    public int Jobs { get; set; }

    /// <summary>Whether the queue has nothing here.</summary>
    public bool IsUnused => Wanted == 0 && Granted == 0 && Jobs == 0;
}
