namespace Postfleet.Delivery.Destinations.State;

/// <summary>How long a <see cref="DestinationLifecycle"/> waits in each of its states.</summary>
/// <param name="Idle">How long a destination without work stays before it passivates.</param>
/// <param name="MoveGrace">How long running attempts may take once the shard moves.</param>
/// <param name="ReplyGrace">
/// How long a destination stays after its attempts were cut off, for the replies to attempts past their final dot.
/// </param>
internal readonly record struct DestinationTimes(TimeSpan Idle, TimeSpan MoveGrace, TimeSpan ReplyGrace);
