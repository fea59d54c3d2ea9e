using Postfleet.Core.Queueing;

namespace Postfleet.QueueActors.State;

/// <summary>
/// The messages that this owner of a queue has let go of lately, and from when on it knows all of them. An offer can be so long under way
/// that it comes after its own repeat was taken, delivered and settled: it does not call itself a repeat, and must not be taken for new.
/// What cannot be told from memory is told by the part's row.
/// </summary>
internal sealed class RecentlySettled
{
    /// <summary>Most messages that are remembered, about 1 MiB.</summary>
    public const int Capacity = 20_000;

    /// <summary>How long one is remembered; offers under way for longer are checked against their rows.</summary>
    public static readonly TimeSpan KeepFor = TimeSpan.FromSeconds(30);

    /// <summary>How far the clock of a node that accepts mail may be ahead of that of one that settles it.</summary>
    public static readonly TimeSpan ClockMargin = TimeSpan.FromSeconds(1);

    private LeanQueue<(MessageId Message, long At)> _byAge;
    private HashSet<MessageId>? _messages;
    private long _since = long.MinValue;

    /// <summary>Messages that are remembered.</summary>
    public int Count => _byAge.Count;

    /// <summary>What earlier owners have settled is not known; it was accepted before a time.</summary>
    public void BeginAfterOthers(DateTimeOffset end) => _since = end.UtcTicks + ClockMargin.Ticks;

    public void Remember(MessageId message, DateTimeOffset now)
    {
        if ((_messages ??= []).Add(message)) _byAge.Enqueue((message, now.UtcTicks));
        Forget(now);
    }

    public bool Knows(MessageId message) => _messages?.Contains(message) == true;

    /// <summary>Whether a message that was accepted then would be remembered if it had been settled.</summary>
    public bool Covers(DateTimeOffset acceptedAt) => acceptedAt.UtcTicks > _since;

    /// <summary>Drops what is old or too much.</summary>
    public void Forget(DateTimeOffset now)
    {
        while (_byAge.TryPeek(out var oldest) && (_byAge.Count > Capacity || oldest.At + KeepFor.Ticks <= now.UtcTicks))
        {
            _byAge.Dequeue();
            _messages!.Remove(oldest.Message);
            _since = Math.Max(_since, oldest.At + ClockMargin.Ticks);
        }
    }

    /// <summary>Gives back the room that is not needed.</summary>
    public void Trim()
    {
        _byAge.Trim();
        if (_messages is { Count: 0 }) _messages = null;
    }
}
