using Postfleet.QueueActors.Events;

namespace Postfleet.QueueActors.State;

/// <content>Restores the state from the pieces of a checkpoint.</content>
internal sealed partial class QueueState
{
    private QueueState? _checkpoint;

    /// <summary>Adds a piece of a checkpoint; the last piece replaces the state.</summary>
    public void Apply(CheckpointPiece piece)
    {
        if (piece.Index == 0) _checkpoint = new QueueState(replies, keepsOutcomes);
        // A piece without the first piece belongs to a checkpoint whose beginning was deleted together with the events before it; it is
        // never complete.
        if (_checkpoint is not { } checkpoint) return;
        foreach (var entry in piece.Entries) checkpoint.Add(CheckpointReader.Read(entry, replies));
        foreach (var report in piece.Unsettled) checkpoint._unsettled.Add(report);
        if (!piece.IsLast) return;
        Restore(checkpoint);
        // A checkpoint without this record was written by an older version: the site's state then follows from the remaining events before
        // the checkpoint.
        if (piece.Queue is { } queue) Restore(queue);
    }

    private void Restore(QueueState checkpoint)
    {
        _entries.Clear();
        _byAge.Clear();
        _unsettled.Clear();
        (OpenRecipients, InFlight, Held, EventsSinceCompaction) = (0, 0, 0, 0);
        while (checkpoint._byAge.TryDequeue(out var entry)) Add(entry);
        foreach (var reports in checkpoint._unsettled.Values) reports.ForEach(_unsettled.Add);
        _checkpoint = null;
    }

    private void Restore(CheckpointQueue queue)
    {
        (SiteUntil, SiteSince, SiteFailures) = (queue.SiteUntil, queue.SiteSince, queue.SiteFailures);
        SiteReply = queue.SiteReply is { } reply ? replies.Share(reply) : null;
        LastNegativeReply = queue.LastNegativeReply is { } last ? replies.Share(last) : null;
    }
}
