using Postfleet.Contracts.Messages;
using Postfleet.Core.Queueing;

namespace Postfleet.QueueActors.State;

/// <summary>
/// New mail of a queue that is about to get credit for it: taken a moment later, it goes into one row of the journal with its first
/// attempt. It is durable in the spool meanwhile, and nobody has been told that the queue has it.
/// </summary>
/// <param name="time">How long it may be held; zero for never.</param>
internal struct OffersAwaitingCredit(TimeSpan time)
{
    private List<(PartOffer Part, object ReplyTo)>? _offers;
    private long _until;

    /// <summary>How many parts there are.</summary>
    public readonly int Count => _offers?.Count ?? 0;

    /// <summary>Whether parts may be held at all.</summary>
    public readonly bool IsUsed => time > TimeSpan.Zero;

    /// <summary>When all of them are to be taken; the end of time when there are none.</summary>
    public readonly long Until => _offers is null ? long.MaxValue : _until;

    /// <summary>Holds a part.</summary>
    public void Add(PartOffer part, object replyTo, long now)
    {
        if (_offers is null) (_offers, _until) = ([], now + time.Ticks);
        _offers.Add((part, replyTo));
    }

    /// <summary>Whether a part of this message is held.</summary>
    public readonly bool Holds(MessageId message)
    {
        if (_offers is null) return false;
        foreach (var (part, _) in _offers) if (part.Message == message) return true;
        return false;
    }

    /// <summary>Takes all of them, in the order in which they came; null when there are none.</summary>
    public List<(PartOffer Part, object ReplyTo)>? Take()
    {
        var offers = _offers;
        _offers = null;
        return offers;
    }
}
