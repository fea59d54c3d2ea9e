namespace Postfleet.Contracts.Stats;

/// <summary>How many recipients this node accepts, delivers and defers at present. Thread-safe.</summary>
public sealed class Throughput
{
    /// <summary>Recipients of accepted messages.</summary>
    public RecentRate Accepted { get; } = new();

    /// <summary>Delivered recipients.</summary>
    public RecentRate Delivered { get; } = new();

    /// <summary>Temporary failures of recipients.</summary>
    public RecentRate Deferred { get; } = new();
}

/// <summary>Counts events over the last full seconds. Counting allocates nothing and takes no lock. Thread-safe.</summary>
public sealed class RecentRate
{
    /// <summary>The seconds over which events are counted.</summary>
    public const int Seconds = 10;

    // More than the seconds, so that no slot is used again while it is read.
    private const int Slots = 16;

    // The number of a second in the upper half, and the events in it in the lower half.
    private readonly long[] _slots = new long[Slots];

    /// <summary>Counts events.</summary>
    /// <param name="events">Their number; 0 or more.</param>
    /// <param name="now">The time.</param>
    public void Add(int events, DateTimeOffset now)
    {
        if (events <= 0) return;
        var second = now.ToUnixTimeSeconds();
        ref var slot = ref _slots[second % Slots];
        long seen, next;
        do
        {
            seen = Volatile.Read(ref slot);
            next = seen >> 32 == second ? seen + events : (second << 32) | (uint)events;
        }
        while (Interlocked.CompareExchange(ref slot, next, seen) != seen);
    }

    /// <summary>The events of the last <see cref="Seconds"/> full seconds.</summary>
    public long Read(DateTimeOffset now)
    {
        var (second, sum) = (now.ToUnixTimeSeconds(), 0L);
        for (var i = 0; i < Slots; i++)
        {
            var slot = Volatile.Read(ref _slots[i]);
            if (second - (slot >> 32) is >= 1 and <= Seconds) sum += slot & uint.MaxValue;
        }

        return sum;
    }
}
