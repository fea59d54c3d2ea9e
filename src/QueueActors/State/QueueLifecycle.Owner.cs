namespace Postfleet.QueueActors.State;

/// <content>The change of owner that a replay shows.</content>
internal sealed partial class QueueLifecycle
{
    /// <summary>
    /// The node from which this node takes mail over. Asked after the replay and before <see cref="QueueInputKind.Recovered"/>, which may
    /// write. Null if there is no mail, if this node wrote the last rows itself, and if they do not name their node.
    /// </summary>
    public string? FormerOwner =>
        state.Entries.Count > 0 && rules.Owner is { } node && _rows.Owner is { } former && former != node ? former : null;
}
