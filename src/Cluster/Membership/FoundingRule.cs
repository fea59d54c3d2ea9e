namespace Postfleet.Cluster.Membership;

/// <summary>A row of the registry: a present or former cluster node on this database.</summary>
/// <param name="Address">Its <c>host:port</c>.</param>
/// <param name="Incarnation">The id of one start of the node at this address.</param>
/// <param name="Beat">A counter, incremented while the node lives and is in the cluster.</param>
internal readonly record struct NodeRow(string Address, long Incarnation, long Beat)
{
    /// <summary>Time since the row was written, by the clock of the database. It does not count for equality.</summary>
    public TimeSpan Age { get; init; }

    public bool Equals(NodeRow other) => (Address, Incarnation, Beat) == (other.Address, other.Incarnation, other.Beat);

    public override int GetHashCode() => HashCode.Combine(Address, Incarnation, Beat);
}

/// <summary>The next step of a node outside of a cluster.</summary>
internal abstract record FoundingStep
{
    private FoundingStep()
    {
    }

    /// <summary>Ask contacts to join their cluster, and decide again later.</summary>
    /// <param name="Contacts">Each <c>host:port</c>; may be empty.</param>
    public sealed record Join(IReadOnlyList<string> Contacts) : FoundingStep;

    /// <summary>Found a cluster if the registry is unchanged.</summary>
    /// <param name="Expected">All rows required in the registry.</param>
    public sealed record Found(IReadOnlyList<NodeRow> Expected) : FoundingStep;

    /// <summary>Refuse to start: another node lives on this database, and this node is configured to be alone.</summary>
    /// <param name="Other">The living node.</param>
    public sealed record Refuse(string Other) : FoundingStep;

    /// <summary>Refuse to start: another process updates the row of this node's own address.</summary>
    public sealed record RefuseAddress : FoundingStep;
}

/// <summary>
/// Decides whether a node joins or founds a cluster. By Akka's own rule the first seed founds a cluster when the other seeds do not answer
/// for some seconds. This rule creates a second cluster when the first seed restarts without reaching the others, or while only non-seeds
/// live. Here the shared database decides: members update their rows regularly, and a cluster is founded only when all rows have been
/// unchanged for <see cref="Silence"/>. <see cref="ClusterJoin"/> calls it. No I/O, no clock.
/// </summary>
/// <param name="self">This node's <c>host:port</c>.</param>
/// <param name="incarnation">The id of this start of the node, by which it recognizes its own row.</param>
/// <param name="seeds">The configured seeds. Only seeds found clusters. Without seeds this node must be alone.</param>
internal sealed class FoundingRule(string self, long incarnation, IReadOnlyList<string> seeds)
{
    /// <summary>The interval in which a member updates its row.</summary>
    public static readonly TimeSpan BeatInterval = TimeSpan.FromSeconds(3);

    /// <summary>
    /// How long all other rows must have been unchanged: five beats, enough for living members to write after an outage of the database.
    /// The time is measured by repeated reads and not by times in the database, because during an outage nobody can write there.
    /// </summary>
    public static readonly TimeSpan Silence = TimeSpan.FromSeconds(15);

    /// <summary>
    /// The least age at which a row under this node's own address counts as the row of an earlier start. A younger row may belong to
    /// another machine with the same address by mistake; the two nodes would remove each other from the cluster in turns.
    /// </summary>
    public static readonly TimeSpan OwnSilence = BeatInterval + TimeSpan.FromSeconds(1);

    /// <summary>
    /// A longer pause between two reads, because the database or this process stood still, restarts the measurement of the silence.
    /// </summary>
    public static readonly TimeSpan MaxPause = TimeSpan.FromSeconds(5);

    /// <summary>Most contacts taken from the registry.</summary>
    public const int MaxContacts = 20;

    private readonly bool _mayFound = seeds.Count == 0 || seeds.Contains(self, StringComparer.OrdinalIgnoreCase);
    private Dictionary<string, NodeRow>? _seen;
    private NodeRow? _seenOwn;
    private TimeSpan _silentSince;
    private TimeSpan _decidedAt;

    /// <summary>Decides after a read of the registry.</summary>
    /// <param name="rows">All rows, newest first.</param>
    /// <param name="now">The time of a monotonic clock.</param>
    public FoundingStep Decide(IReadOnlyList<NodeRow> rows, TimeSpan now)
    {
        var others = rows.Where(row => !IsSelf(row)).ToList();
        NodeRow? own = rows.Where(row => IsSelf(row) && row.Incarnation != incarnation).Select(row => (NodeRow?)row).FirstOrDefault();
        var isTaken = _seen is not null && own is not null && own != _seenOwn;
        _seenOwn = own;
        var living = _seen is null ? null : others.Where(row => !_seen.TryGetValue(row.Address, out var before) || before != row)
            .Select(row => row.Address).FirstOrDefault();
        if (_seen is null || living is not null || now - _decidedAt > MaxPause) _silentSince = now;
        _seen = others.ToDictionary(row => row.Address, StringComparer.OrdinalIgnoreCase);
        _decidedAt = now;
        if (isTaken) return new FoundingStep.RefuseAddress();
        if (own is { } past && past.Age < OwnSilence) return new FoundingStep.Join([]);
        if (_mayFound && (others.Count == 0 || now - _silentSince >= Silence)) return new FoundingStep.Found(rows);
        if (seeds.Count == 0 && living is not null) return new FoundingStep.Refuse(living);
        return new FoundingStep.Join(seeds.Count == 0 ? [] : Contacts(others));
    }

    private List<string> Contacts(List<NodeRow> others) =>
        [.. seeds.Concat(others.Select(row => row.Address).Take(MaxContacts))
            .Where(address => !string.Equals(address, self, StringComparison.OrdinalIgnoreCase))
            .Distinct(StringComparer.OrdinalIgnoreCase)];

    // An unchanged row under this node's own address was written by an earlier process, because this process has its port.
    private bool IsSelf(NodeRow row) => string.Equals(row.Address, self, StringComparison.OrdinalIgnoreCase);
}
