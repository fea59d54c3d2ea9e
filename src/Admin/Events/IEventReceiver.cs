namespace Postfleet.Admin.Events;

/// <summary>A stream, for <see cref="EventHub"/>.</summary>
internal interface IEventReceiver
{
    /// <summary>Gives new events to the stream, in the order of the feed. Called under the lock of the hub; returns at once.</summary>
    void Offer(IReadOnlyList<EventFrame> frames);

    /// <summary>Ends the stream after a fault of the hub.</summary>
    void End(Exception cause);
}
