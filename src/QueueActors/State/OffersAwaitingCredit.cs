using Postfleet.Core.Queueing;
using Postfleet.QueueActors.Messages;

namespace Postfleet.QueueActors.State;

/// <summary>
/// New offers of a queue shortly before it gets credit. Held for a moment, a message and its first attempt are written in the same row of
/// the journal. The part is durable in the spool meanwhile, and its hand-off is not yet acknowledged. A mutable struct, used as a field and
/// not copied.
/// </summary>
/// <param name="time">How long an offer may be held; zero for never.</param>
internal struct OffersAwaitingCredit(TimeSpan time)
{
    private List<(PartOffer Part, object ReplyTo)>? _offers;
    private long _until;

    /// <summary>The number of held offers.</summary>
    public readonly int Count => _offers?.Count ?? 0;

    /// <summary>Whether offers may be held at all.</summary>
    public readonly bool IsUsed => time > TimeSpan.Zero;

    /// <summary>The UTC ticks at which all held offers must be enqueued; <see cref="long.MaxValue"/> if there are none.</summary>
    public readonly long Until => _offers is null ? long.MaxValue : _until;

    /// <summary>Holds an offer.</summary>
    public void Add(PartOffer part, object replyTo, long now)
    {
        if (_offers is null) (_offers, _until) = ([], now + time.Ticks);
        _offers.Add((part, replyTo));
    }

    /// <summary>Whether an offer of this message is held.</summary>
    public readonly bool Holds(MessageId message)
    {
        if (_offers is null) return false;
        foreach (var (part, _) in _offers) if (part.Message == message) return true;
        return false;
    }

    /// <summary>Removes and returns all held offers in order of arrival; null if there are none.</summary>
    public List<(PartOffer Part, object ReplyTo)>? RemoveAll()
    {
        var offers = _offers;
        _offers = null;
        return offers;
    }
}
