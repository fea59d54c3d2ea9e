namespace Postfleet.Cluster.Membership;

/// <summary>
/// Finds the rows of the registry that the oldest queue node removes: nodes with changing addresses, as pods have, leave a row at each
/// unclean end. <see cref="ClusterStay"/> calls it after beats. No I/O, no clock.
/// </summary>
/// <remarks>
/// The age of a row does not suffice. After an outage of the database of more than an hour all rows are old, and the first node to beat
/// would remove the living nodes. So a row must also stay unchanged while this node beats.
/// </remarks>
internal sealed class SilentRows
{
    /// <summary>The age at which a row is removed.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromHours(1);

    /// <summary>The interval between two reads, in which living nodes beat many times.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    private HashSet<NodeRow> _candidates = [];
    private TimeSpan? _readAt;
    private bool _isUninterrupted;

    /// <summary>Whether the rows should be read.</summary>
    /// <param name="now">The time of a monotonic clock.</param>
    public bool IsDue(TimeSpan now) => _readAt is not { } last || now - last >= Interval;

    /// <summary>The registry did not answer a call of this node: other nodes may not have been able to beat either.</summary>
    public void Interrupt() => _isUninterrupted = false;

    /// <summary>Decides after a read of the registry.</summary>
    /// <param name="rows">All rows.</param>
    /// <param name="members">The members of the cluster, whose rows stay. A member that is cut off from the database is silent.</param>
    /// <param name="now">The time of a monotonic clock.</param>
    /// <returns>The rows to remove if they are unchanged.</returns>
    public IReadOnlyList<NodeRow> Decide(
        IReadOnlyList<NodeRow> rows, IReadOnlySet<(string Address, long Incarnation)> members, TimeSpan now)
    {
        var old = rows.Where(row => row.Age >= Limit && !members.Contains((row.Address, row.Incarnation))).ToHashSet();
        var isWatched = _isUninterrupted && _readAt is { } last && now - last >= FoundingRule.Silence && now - last <= 2 * Interval;
        IReadOnlyList<NodeRow> silent = isWatched ? [.. old.Where(_candidates.Contains)] : [];
        (_candidates, _readAt, _isUninterrupted) = (old, now, true);
        return silent;
    }
}
