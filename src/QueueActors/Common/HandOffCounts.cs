namespace Postfleet.QueueActors.Common;

/// <summary>Counters of a node's hand-off since its start.</summary>
/// <param name="Sent">Parts sent for the first time.</param>
/// <param name="Repeated">Parts sent again.</param>
/// <param name="Overflowed">Parts left to the sweeper because the window was full.</param>
/// <param name="TimedOut">Parts without acknowledgement in time.</param>
internal readonly record struct HandOffCounts(long Sent, long Repeated, long Overflowed, long TimedOut);
