namespace Postfleet.Cluster.Membership;

/// <summary>The next step of a member of a cluster that has no row in the registry yet.</summary>
internal abstract record EntryStep
{
    private EntryStep()
    {
    }

    /// <summary>Enter the registry beside the rows of other members.</summary>
    public sealed record Enter : EntryStep;

    /// <summary>No member has a row: replace all rows if the registry is unchanged.</summary>
    /// <param name="Expected">All rows required in the registry.</param>
    public sealed record Replace(IReadOnlyList<NodeRow> Expected) : EntryStep;

    /// <summary>Not known yet: decide again after the next read.</summary>
    public sealed record Wait : EntryStep;

    /// <summary>Another cluster lives on the database: leave this cluster and join the other cluster.</summary>
    /// <param name="Other">A node of the other cluster.</param>
    public sealed record Leave(NodeRow Other) : EntryStep;
}

/// <summary>
/// Decides whether a member without a row may enter the registry. A node joins a cluster first and writes its row afterwards. Between the
/// two steps the database may fail, all other members may die, and a member may found a new cluster after its restart, because it finds
/// no row of this node. If this node then simply wrote its row, two clusters would live on one database. So the row of another member is
/// required. <see cref="ClusterStay"/> calls it after each read. No I/O, no clock.
/// </summary>
/// <param name="self">This node's <c>host:port</c>.</param>
internal sealed class EntryRule(string self)
{
    // Every member may replace silent rows: this node's cluster exists already, whatever its role.
    private readonly FoundingRule _silence = new(self, [], isQueue: true);
    private readonly RowWatch _others = new();

    /// <summary>Decides after a read of the registry.</summary>
    /// <param name="rows">All rows.</param>
    /// <param name="members">Address and incarnation of each member of this node's cluster, this node included.</param>
    /// <param name="now">The time of a monotonic clock.</param>
    public EntryStep Decide(IReadOnlyList<NodeRow> rows, IReadOnlySet<(string Address, long Incarnation)> members, TimeSpan now)
    {
        _others.Read(rows.Where(row => !row.IsAt(self) && !members.Contains((row.Address, row.Incarnation))), now);
        var silence = _silence.Decide(rows, now);
        if (rows.Any(row => members.Contains((row.Address, row.Incarnation)))) return new EntryStep.Enter();
        // A single change may be the last statement of a killed process.
        if (_others.Rows.Values.FirstOrDefault(other => other.Beats >= AddressRule.BeatsOfLife) is { Beats: > 0 } living)
            return new EntryStep.Leave(living.Row);
        return silence is FoundingStep.Found found ? new EntryStep.Replace(found.Expected) : new EntryStep.Wait();
    }
}
