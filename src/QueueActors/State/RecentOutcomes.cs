using Postfleet.Contracts.Stats;
using Postfleet.Core.Queueing;
using Postfleet.QueueActors.Events;

namespace Postfleet.QueueActors.State;

/// <summary>
/// Counts the outcomes of a queue in the last minute, hour and day, for monitoring: in memory only, since no decision depends on them. A
/// window has seven slots of a sixth of its time, of which the newest is not full yet. Owned by <see cref="QueueMachine"/>, which makes it
/// at the first outcome: most queues of a node sleep.
/// </summary>
internal sealed class RecentOutcomes
{
    private const int Slots = 7;
    private const int Kinds = 3;

    private static readonly long[] SlotTicks =
        [TimeSpan.TicksPerMinute / (Slots - 1), TimeSpan.TicksPerHour / (Slots - 1), TimeSpan.TicksPerDay / (Slots - 1)];

    private readonly int[] _counts = new int[SlotTicks.Length * Slots * Kinds];
    // The number of the newest slot of each window, counted from the beginning of time.
    private readonly long[] _newest = new long[SlotTicks.Length];

    /// <summary>Counts an event.</summary>
    /// <param name="recent">The counts; made if the event is the first with an outcome.</param>
    /// <param name="event">The event, which was applied to the state.</param>
    /// <param name="closed">How many recipients the event has closed.</param>
    public static void Count(ref RecentOutcomes? recent, IQueueEvent @event, int closed)
    {
        switch (@event)
        {
            case AttemptEnded { Result: AttemptResult.Attempted } e:
                var (delivered, deferred) = Tally(e.Recipients);
                (recent ??= new RecentOutcomes()).Add(e.At, delivered, deferred, Math.Max(0, closed - delivered));
                break;
            case MessageExpired e: (recent ??= new RecentOutcomes()).Add(e.At, 0, 0, closed); break;
            case ActionApplied { Action: not MessageAction.Move } e when closed > 0:
                (recent ??= new RecentOutcomes()).Add(e.At, 0, 0, closed); break;
        }
    }

    /// <summary>The delivered and the deferred recipients of an attempt.</summary>
    public static (int Delivered, int Deferred) Tally(IReadOnlyList<RecipientOutcome> outcomes)
    {
        var (delivered, deferred) = (0, 0);
        for (var i = 0; i < outcomes.Count; i++)
        {
            if (outcomes[i].Disposition == Disposition.Delivered) delivered += outcomes[i].Recipients.Count;
            else if (outcomes[i].Disposition == Disposition.Deferred) deferred += outcomes[i].Recipients.Count;
        }

        return (delivered, deferred);
    }

    /// <summary>Adds outcomes.</summary>
    public void Add(DateTimeOffset at, int delivered, int deferred, int failed)
    {
        for (var window = 0; window < SlotTicks.Length; window++)
        {
            var slot = (window * Slots + Turn(window, at.UtcTicks)) * Kinds;
            _counts[slot] += delivered;
            _counts[slot + 1] += deferred;
            _counts[slot + 2] += failed;
        }
    }

    /// <summary>The counts until a time.</summary>
    public (RecentCounts Delivered, RecentCounts Deferred, RecentCounts Failed) Read(DateTimeOffset now)
    {
        for (var window = 0; window < SlotTicks.Length; window++) Turn(window, now.UtcTicks);
        return (Sum(0), Sum(1), Sum(2));
    }

    private RecentCounts Sum(int kind) => new(Sum(0, kind), Sum(1, kind), Sum(2, kind));

    private int Sum(int window, int kind)
    {
        var sum = 0;
        for (var slot = 0; slot < Slots; slot++) sum += _counts[(window * Slots + slot) * Kinds + kind];
        return sum;
    }

    // Empties the slots whose time is over. After a clock was set back, the newest slot gets the counts.
    private int Turn(int window, long ticks)
    {
        var (number, newest) = (ticks / SlotTicks[window], _newest[window]);
        for (var next = Math.Max(newest + 1, number - Slots + 1); next <= number; next++)
            Array.Clear(_counts, (window * Slots + (int)(next % Slots)) * Kinds, Kinds);
        _newest[window] = Math.Max(number, newest);
        return (int)(_newest[window] % Slots);
    }
}
