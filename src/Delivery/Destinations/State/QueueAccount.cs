using Postfleet.Core.Queueing;

namespace Postfleet.Delivery.Destinations.State;

/// <summary>The credit and the jobs of one queue at a destination. Part of the destination's state and used on its thread.</summary>
internal abstract class QueueAccount(QueueKey key)
{
    public QueueKey Key => key;

    /// <summary>The queue's stream; streams take turns before their queues do.</summary>
    public string Stream { get; } = key.Stream;

    /// <summary>Credits requested by the queue and not granted.</summary>
    public int Wanted { get; set; }

    /// <summary>Credits granted and not used.</summary>
    public int Granted { get; set; }

    /// <summary>The number of the last grant; the expiry of an earlier grant is void.</summary>
    public int GrantNumber { get; set; }

    /// <summary>The number of known jobs, up to the acknowledgement of their outcomes.</summary>
    public int Jobs { get; set; }

    /// <summary>Whether the queue has neither credit nor jobs here.</summary>
    public bool IsUnused => Wanted == 0 && Granted == 0 && Jobs == 0;
}
