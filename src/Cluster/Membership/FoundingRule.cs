namespace Postfleet.Cluster.Membership;

/// <summary>What the registry says of one node that is, or was, in a cluster on this database.</summary>
/// <param name="Address">Its <c>host:port</c>.</param>
/// <param name="Incarnation">Which start of the node at that address it is.</param>
/// <param name="Beat">Grows while the node lives and is in the cluster.</param>
internal readonly record struct NodeRow(string Address, long Incarnation, long Beat)
{
    /// <summary>Time since the row was written, by the clock of the database. It is no part of what makes two rows equal.</summary>
    public TimeSpan Age { get; init; }

    public bool Equals(NodeRow other) => (Address, Incarnation, Beat) == (other.Address, other.Incarnation, other.Beat);

    public override int GetHashCode() => HashCode.Combine(Address, Incarnation, Beat);
}

/// <summary>What a node that is in no cluster does next.</summary>
internal abstract record FoundingStep
{
    private FoundingStep()
    {
    }

    /// <summary>Ask these to let it join, and look again.</summary>
    /// <param name="Contacts">Each <c>host:port</c>; none when there is nobody to ask.</param>
    public sealed record Join(IReadOnlyList<string> Contacts) : FoundingStep;

    /// <summary>Found a cluster, if the registry still says what it said.</summary>
    /// <param name="Expected">All rows of the registry.</param>
    public sealed record Found(IReadOnlyList<NodeRow> Expected) : FoundingStep;

    /// <summary>A node lives on this database, and this one is configured to be alone.</summary>
    /// <param name="Other">The living node.</param>
    public sealed record Refuse(string Other) : FoundingStep;

    /// <summary>Another process says in the registry that it lives under this node's own address.</summary>
    public sealed record RefuseAddress : FoundingStep;
}

/// <summary>
/// Decides whether a node joins a cluster or founds one. Akka's own rule, that the first seed founds a cluster when the other seeds do not
/// answer for some seconds, makes a second cluster as soon as the first seed starts again while it cannot reach the others, or while only
/// nodes live that are no seeds. Here the database that all nodes share decides: whoever is in a cluster says so there again and again, and
/// a cluster is founded only after that has been silent for <see cref="Silence"/>. No I/O, no clock.
/// </summary>
/// <param name="self">This node's <c>host:port</c>.</param>
/// <param name="incarnation">Which start of the node it is, so that it knows what it wrote itself.</param>
/// <param name="seeds">The configured seeds; only they found clusters. None: this node is to be alone.</param>
internal sealed class FoundingRule(string self, long incarnation, IReadOnlyList<string> seeds)
{
    /// <summary>How often a node in the cluster says that it lives.</summary>
    public static readonly TimeSpan BeatInterval = TimeSpan.FromSeconds(3);

    /// <summary>
    /// How long all others must have been silent: five beats, which a database that comes back after an outage gives them the time for. It
    /// is measured while watching, not by the times in the database, since during an outage nobody can write there.
    /// </summary>
    public static readonly TimeSpan Silence = TimeSpan.FromSeconds(15);

    /// <summary>
    /// How old a row under this node's own address must be to be of its own past. A younger one may be of another machine that has the same
    /// address by mistake: such a node would put this one out of the cluster, and this one the other, in turns.
    /// </summary>
    public static readonly TimeSpan OwnSilence = BeatInterval + TimeSpan.FromSeconds(1);

    /// <summary>A longer pause between two looks, because the database or this process stood still, begins the silence anew.</summary>
    public static readonly TimeSpan MaxPause = TimeSpan.FromSeconds(5);

    /// <summary>Most nodes of the registry that are asked.</summary>
    public const int MaxContacts = 20;

    private readonly bool _mayFound = seeds.Count == 0 || seeds.Contains(self, StringComparer.OrdinalIgnoreCase);
    private Dictionary<string, NodeRow>? _seen;
    private NodeRow? _seenOwn;
    private TimeSpan _silentSince;
    private TimeSpan _lookedAt;

    /// <summary>A look at the registry.</summary>
    /// <param name="rows">All of its rows, those that were written last first.</param>
    /// <param name="now">Time of a clock that never goes back.</param>
    public FoundingStep Look(IReadOnlyList<NodeRow> rows, TimeSpan now)
    {
        var others = rows.Where(row => !IsSelf(row)).ToList();
        NodeRow? own = rows.Where(row => IsSelf(row) && row.Incarnation != incarnation).Select(row => (NodeRow?)row).FirstOrDefault();
        var isTaken = _seen is not null && own is not null && own != _seenOwn;
        _seenOwn = own;
        var living = _seen is null ? null : others.Where(row => !_seen.TryGetValue(row.Address, out var before) || before != row)
            .Select(row => row.Address).FirstOrDefault();
        if (_seen is null || living is not null || now - _lookedAt > MaxPause) _silentSince = now;
        _seen = others.ToDictionary(row => row.Address, StringComparer.OrdinalIgnoreCase);
        _lookedAt = now;
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

    // What stands there under this node's own address, and does not change, was written by a process that is gone: this one has its port.
    private bool IsSelf(NodeRow row) => string.Equals(row.Address, self, StringComparison.OrdinalIgnoreCase);
}
