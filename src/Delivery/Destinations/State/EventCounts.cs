using Postfleet.Core.Classification;

namespace Postfleet.Delivery.Destinations.State;

/// <summary>
/// Counts the events that a reaction waits for, such as five in ten minutes. Matches within the hold of a reaction are one event. Bounded.
/// Part of <see cref="SiteShaping"/>.
/// </summary>
internal sealed class EventCounts
{
    private const int MaxReactions = 100;

    private readonly Dictionary<ReplyReaction, Queue<DateTimeOffset>> _events = new(ReferenceEqualityComparer.Instance);

    /// <summary>Counts a match. Returns whether enough events have come together; the count then begins anew.</summary>
    public bool Count(ReplyReaction reaction, DateTimeOffset now)
    {
        if (reaction.After <= 1) return true;
        if (!_events.TryGetValue(reaction, out var events))
        {
            // A reload makes other rules; the old ones are not seen again.
            if (_events.Count >= MaxReactions) _events.Clear();
            _events.Add(reaction, events = new Queue<DateTimeOffset>());
        }

        while (events.TryPeek(out var oldest) && (oldest > now || oldest + reaction.Within <= now)) events.Dequeue();
        if (events.Count > 0 && events.Last() + reaction.Hold > now) return false;
        events.Enqueue(now);
        if (events.Count < reaction.After) return false;
        _events.Remove(reaction);
        return true;
    }
}
