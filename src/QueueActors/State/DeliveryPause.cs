using Postfleet.Core.Queueing;

namespace Postfleet.QueueActors.State;

/// <summary>Whether a queue may start attempts: its site may be paused, and an operator may have suspended it. Owned by
/// <see cref="Dispatcher"/>.</summary>
internal sealed class DeliveryPause(QueueState state, Func<DestinationId?, Suspension?>? suspensionOf)
{
    /// <summary>The early ends of the site's pause. A field, since the struct is changed in place.</summary>
    public SitePause Site;

    /// <summary>Whether an operator has suspended the queue. A node that does not know the suspensions yet knows of none.</summary>
    public bool IsSuspended(DestinationId? destination, DateTimeOffset now) =>
        suspensionOf?.Invoke(destination) is { Action: > 0 } suspension && !(suspension.Until <= now);

    /// <summary>
    /// When attempts may start again, in UTC ticks; <see cref="long.MaxValue"/> if an operator must say so, null if they may start now.
    /// </summary>
    public long? Until(DestinationId? destination, DateTimeOffset now)
    {
        if (SuspensionAt(destination, now) is { } suspension) return suspension.Until?.UtcTicks ?? long.MaxValue;
        return Site.IsPaused(state.SiteUntil, now) ? Site.End(state.SiteUntil!.Value) : null;
    }

    /// <summary>The suspension in force; null for none.</summary>
    public Suspension? SuspensionAt(DestinationId? destination, DateTimeOffset now) =>
        suspensionOf?.Invoke(destination) is { } suspension && !(suspension.Until <= now) ? suspension : null;
}
