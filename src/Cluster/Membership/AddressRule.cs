namespace Postfleet.Cluster.Membership;

/// <summary>Whether a process may use its address in the cluster.</summary>
internal abstract record AddressStep
{
    private AddressStep()
    {
    }

    /// <summary>The address is free for this process.</summary>
    /// <param name="Former">The row of an earlier process with this address, which the row of this process replaces; null for
    /// none.</param>
    public sealed record Free(NodeRow? Former) : AddressStep;

    /// <summary>Not known yet: decide again after the next read.</summary>
    /// <param name="Reason">The awaited event, for <c>not joined</c> and for readiness.</param>
    public sealed record Wait(string Reason) : AddressStep;

    /// <summary>This process must end.</summary>
    /// <param name="Reason">The keys, their value, and the value to set, in a single line.</param>
    public sealed record Refuse(string Reason) : AddressStep;
}

/// <summary>
/// Decides, by the rows of the registry, whether a process may use its address. Two cases are faults of the configuration: another machine
/// has the same address (both would remove each other from the cluster in turns), and one of two machines has a loopback address (neither
/// reaches the other). The newcomer ends in both cases, since living nodes must not be harmed. <see cref="ClusterJoin"/> calls it,
/// after each read outside of the cluster, and <see cref="ClusterStay"/> before it writes this node's row. No I/O, no clock.
/// </summary>
/// <remarks>
/// A row proves only that its process lived when it was written. A process that was killed and restarted at once finds its own young row,
/// and must not be refused. So the rule waits for beats. A single change of a row proves nothing either: the last statement of a killed
/// process may be committed after the start of the next one. A second change, a beat later, has a living writer.
/// </remarks>
/// <param name="self">This node's <c>host:port</c>.</param>
/// <param name="process">This process.</param>
internal sealed class AddressRule(string self, NodeProcess process)
{
    /// <summary>
    /// The least age of a row under this node's own address at which its writer counts as dead, if the writer ran on this machine: there it
    /// cannot have listened on the port that this process listens on. The time is a beat with a reserve.
    /// </summary>
    public static readonly TimeSpan OwnSilence = FoundingRule.BeatInterval + TimeSpan.FromSeconds(1);

    /// <summary>The number of observed changes of a row that prove a living process.</summary>
    public const int BeatsOfLife = 2;

    /// <summary>
    /// How long silent nodes on other machines keep a loopback node from founding a cluster. It is the time after which their rows are
    /// removed (<see cref="SilentRows"/>).
    /// </summary>
    public static readonly TimeSpan Memory = SilentRows.Limit;

    private readonly bool _isLoopback = ContactAddress.IsLoopback(self);
    private readonly RowWatch _watch = new();

    /// <summary>Decides after a read of the registry.</summary>
    /// <param name="rows">All rows.</param>
    /// <param name="now">The time of a monotonic clock.</param>
    public AddressStep Decide(IReadOnlyList<NodeRow> rows, TimeSpan now)
    {
        _watch.Read(rows, now);
        return DecideOwn(rows, now) ?? DecideReach(rows) ?? new AddressStep.Free(Former(rows));
    }

    private AddressStep? DecideOwn(IReadOnlyList<NodeRow> rows, TimeSpan now)
    {
        // A row of an earlier actor system of this process needs no evidence.
        if (Former(rows) is not { } row || row.Process?.Instance == process.Instance) return null;
        var watched = _watch.Rows[row.Address];
        if (watched.Beats >= BeatsOfLife)
        {
            var user = row.Process is { } other ? $"node {other.Host}" : "another process";
            return new AddressStep.Refuse(
                $"Cluster:Host {self} is used by {user} on the same database; " +
                "set Cluster:Host to the address by which the other nodes reach this node");
        }

        // The writer on another machine may be cut off from the database, or may not have written since an outage of the database.
        var isElsewhere = row.Process is { } writer && writer.Host != process.Host;
        var isDead = isElsewhere ? now - watched.ChangedAt >= FoundingRule.Silence : row.Age >= OwnSilence;
        return isDead ? null : new AddressStep.Wait($"waiting until it is known whether the last process with the address {self} lives");
    }

    private AddressStep? DecideReach(IReadOnlyList<NodeRow> rows)
    {
        var isOpen = true;
        foreach (var row in rows.Where(row => row.IsLoopback != _isLoopback && !row.IsAt(self)))
        {
            var lives = _watch.Rows[row.Address].Beats >= BeatsOfLife;
            var isElsewhere = row.Process?.Host != process.Host;
            if (_isLoopback && (lives || (isElsewhere && row.Age < Memory))) return new AddressStep.Refuse(Unreachable(row, lives));
            if (!_isLoopback && lives) return new AddressStep.Refuse(Unreaching(row));
            isOpen &= row.Age >= FoundingRule.Silence;
        }

        return isOpen ? null : new AddressStep.Wait("waiting until it is known whether nodes live that this node cannot reach");
    }

    private string Unreachable(NodeRow row, bool lives) =>
        $"Cluster:Host {self} is a loopback address, and node {row.Name} {(lives ? "lives" : "lived within the last hour")} " +
        "on the same database, on another machine; set Cluster:Host to the address by which the other nodes reach this node, " +
        "or Storage:ConnectionString to a database of this node alone";

    private string Unreaching(NodeRow row) =>
        $"node {row.Name} on the same database has a loopback address, by which this node ({self}) does not reach it; " +
        "set Cluster:Host of that node to the address by which the other nodes reach it";

    private NodeRow? Former(IReadOnlyList<NodeRow> rows) => rows.Where(row => row.IsAt(self)).Select(row => (NodeRow?)row).FirstOrDefault();
}
