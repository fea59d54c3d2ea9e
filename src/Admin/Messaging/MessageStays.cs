using Postfleet.Core.Queueing;
using Postfleet.Spool.Common;

namespace Postfleet.Admin.Messaging;

/// <summary>When a message was in which queue, by its events and the queues in which it waits. Pure.</summary>
internal static class MessageStays
{
    // The end of the year 9999: the time in an id that a caller made up may be later.
    private const ulong LastMillisecond = 253_402_300_799_999;

    /// <summary>The stays of a message, one for each of its queues.</summary>
    /// <param name="message">The message; its id has the time of its acceptance, whose event may not be kept.</param>
    /// <param name="events">The events of the message.</param>
    /// <param name="waiting">The queues in which it waits.</param>
    /// <param name="now">The time.</param>
    public static IReadOnlyList<QueueStay> Of(
        MessageId message, IReadOnlyList<HistoryEvent> events, IReadOnlyList<QueueKey> waiting, DateTimeOffset now)
    {
        // The queue of a DSN is the one that reports it, perhaps after the end of the message.
        var ofRecipients = events.Where(each => each.Kind != HistoryKind.Dsn).ToLookup(each => each.Queue);
        var accepted = DateTimeOffset.FromUnixTimeMilliseconds((long)Math.Min(message.High >> 16, LastMillisecond));
        DateTimeOffset? moved = events.Any(each => each.Kind == HistoryKind.Moved)
            ? events.Where(each => each.Kind == HistoryKind.Moved).Min(each => each.At) : null;
        return
        [
            .. ofRecipients.Select(each => each.Key).Union(waiting).Select(queue =>
            {
                var here = ofRecipients[queue];
                // Of several queues, those without the acceptance are those to which the message was moved.
                var isFirst = moved is null || here.Any(each => each.Kind == HistoryKind.Accepted);
                return new QueueStay(
                    queue, isFirst ? accepted : moved!.Value, waiting.Contains(queue) ? now : here.Max(each => each.At));
            }),
        ];
    }
}
