using Postfleet.Core.Collections;
using Postfleet.Core.Queueing;

namespace Postfleet.QueueActors.State;

/// <summary>
/// The messages settled recently by this owner of a queue, and the time since when this memory is complete. A delayed offer may arrive
/// after its own repeat was accepted, delivered and settled. The offer is not marked as a repeat, and must not be taken for new mail. Where
/// the memory is not complete, the part's row in the spool decides.
/// </summary>
internal sealed class RecentlySettled
{
    /// <summary>The maximum number of messages remembered, about 1 MiB.</summary>
    public const int Capacity = 20_000;

    /// <summary>How long a message is remembered; offers delayed for longer are checked in the spool.</summary>
    public static readonly TimeSpan KeepFor = TimeSpan.FromSeconds(30);

    /// <summary>How far the clock of an accepting node may be ahead of the clock of a settling node.</summary>
    public static readonly TimeSpan ClockMargin = TimeSpan.FromSeconds(1);

    private RingQueue<(MessageId Message, long At)> _byAge;
    private HashSet<MessageId>? _messages;
    private long _since = long.MinValue;

    /// <summary>The number of messages remembered.</summary>
    public int Count => _byAge.Count;

    /// <summary>Messages accepted before this time may have been settled by earlier owners, and are not remembered.</summary>
    public void BeginAfterOthers(DateTimeOffset end) => _since = end.UtcTicks + ClockMargin.Ticks;

    public void Remember(MessageId message, DateTimeOffset now)
    {
        if ((_messages ??= []).Add(message)) _byAge.Enqueue((message, now.UtcTicks));
        Forget(now);
    }

    public bool Knows(MessageId message) => _messages?.Contains(message) == true;

    /// <summary>Whether a message accepted at this time would be remembered if it had been settled.</summary>
    public bool Covers(DateTimeOffset acceptedAt) => acceptedAt.UtcTicks > _since;

    /// <summary>Forgets messages beyond the time or capacity.</summary>
    public void Forget(DateTimeOffset now)
    {
        while (_byAge.TryPeek(out var oldest) && (_byAge.Count > Capacity || oldest.At + KeepFor.Ticks <= now.UtcTicks))
        {
            _byAge.Dequeue();
            _messages!.Remove(oldest.Message);
            _since = Math.Max(_since, oldest.At + ClockMargin.Ticks);
        }
    }

    /// <summary>Releases unused capacity.</summary>
    public void Trim()
    {
        _byAge.Trim();
        if (_messages is { Count: 0 }) _messages = null;
    }
}
