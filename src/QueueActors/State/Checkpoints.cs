using Postfleet.QueueActors.Events;

namespace Postfleet.QueueActors.State;

/// <summary>
/// Converts a queue's state to checkpoint pieces for the journal; <see cref="CheckpointReader"/> converts them back. Pure.
/// </summary>
internal static class Checkpoints
{
    /// <summary>The complete state in pieces; none for a blank state, since an empty journal has the same meaning.</summary>
    public static IReadOnlyList<CheckpointPiece> Write(QueueState state, int maxItems = CheckpointPiece.MaxItems)
    {
        if (state.IsBlank) return [];
        var items = state.InOrder().Select(entry => (object)Write(entry))
            .Concat(state.Unsettled.Values.SelectMany(reports => reports));
        var chunks = items.Chunk(maxItems).ToList();
        // A queue without mail may still have a paused site.
        if (chunks.Count == 0) chunks.Add([]);
        var queue = new CheckpointQueue(state.SiteUntil, state.SiteReply, state.SiteFailures, state.LastNegativeReply)
        {
            SiteSince = state.SiteSince,
        };
        return [.. chunks.Select((chunk, index) => new CheckpointPiece(
            index, index == chunks.Count - 1, [.. chunk.OfType<CheckpointEntry>()], [.. chunk.OfType<SettlementRequest>()])
        {
            Queue = index == chunks.Count - 1 ? queue : null,
        })];
    }

    private static CheckpointEntry Write(QueueEntry entry) => new()
    {
        Part = entry.Part,
        Open = entry.Open,
        NextDue = new DateTimeOffset(entry.NextDue, TimeSpan.Zero),
        Attempt = entry.Attempt,
        Tries = entry.Tries,
        Crashes = entry.Crashes,
        IsInFlight = entry.IsInFlight,
        Destination = entry.IsInFlight ? entry.Destination : null,
        IsMarked = entry.IsMarked,
        LastReply = entry.LastReply,
        LastRemoteHost = entry.LastRemoteHost,
        IsDelayReported = entry.IsDelayReported,
        Action = entry.Action,
        IsHeld = entry.IsHeld,
        Moves = entry.Moves,
    };
}
