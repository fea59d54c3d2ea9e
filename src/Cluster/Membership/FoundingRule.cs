namespace Postfleet.Cluster.Membership;

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
}

/// <summary>
/// Decides whether a node joins or founds a cluster. By Akka's own rule the first seed founds a cluster when the other seeds do not answer
/// for some seconds. This rule creates a second cluster when the first seed restarts without reaching the others, or while only non-seeds
/// live. Here the shared database decides: members update their rows regularly, and a cluster is founded only when all rows have been
/// unchanged for <see cref="Silence"/>. <see cref="ClusterJoin"/> calls it. No I/O, no clock.
/// </summary>
/// <param name="self">This node's <c>host:port</c>. <see cref="AddressRule"/> decides about rows with this address.</param>
/// <param name="seeds">The configured seeds; empty where the rows of the registry are the only contacts.</param>
/// <param name="isQueue">Whether this node has the role <c>queue</c>. Without seeds these nodes found clusters; with seeds the seeds
/// do.</param>
/// <param name="isHostFound">Whether the host in <paramref name="self"/> was found at the start. The seeds may then have another name of
/// this node, and the rule is that without seeds.</param>
internal sealed class FoundingRule(string self, IReadOnlyList<string> seeds, bool isQueue, bool isHostFound = false)
{
    /// <summary>The interval in which a member updates its row.</summary>
    public static readonly TimeSpan BeatInterval = TimeSpan.FromSeconds(3);

    /// <summary>
    /// How long all other rows must have been unchanged: five beats, enough for living members to write after an outage of the database.
    /// The time is measured by repeated reads and not by times in the database, because during an outage nobody can write there.
    /// </summary>
    public static readonly TimeSpan Silence = TimeSpan.FromSeconds(15);

    /// <summary>
    /// A longer pause between two reads, because the database or this process stood still, restarts the measurement of the silence.
    /// </summary>
    public static readonly TimeSpan MaxPause = TimeSpan.FromSeconds(5);

    /// <summary>Most contacts taken from the registry.</summary>
    public const int MaxContacts = 20;

    private readonly bool _isLoopback = ContactAddress.IsLoopback(self);
    private Dictionary<string, NodeRow>? _seen;
    private TimeSpan _silentSince;
    private TimeSpan _decidedAt;

    /// <summary>Whether this node may found a cluster. All other nodes wait for one.</summary>
    public bool MayFound { get; } =
        seeds.Count == 0 || isHostFound ? isQueue : seeds.Contains(self, StringComparer.OrdinalIgnoreCase);

    /// <summary>Decides after a read of the registry.</summary>
    /// <param name="rows">All rows, newest first.</param>
    /// <param name="now">The time of a monotonic clock.</param>
    public FoundingStep Decide(IReadOnlyList<NodeRow> rows, TimeSpan now)
    {
        var others = rows.Where(row => !row.IsAt(self)).ToList();
        var isAnyLiving = _seen is not null && others.Any(row => !_seen.TryGetValue(row.Address, out var before) || before != row);
        if (_seen is null || isAnyLiving || now - _decidedAt > MaxPause) _silentSince = now;
        _seen = new Dictionary<string, NodeRow>(StringComparer.OrdinalIgnoreCase);
        // A machine whose name is written in other letters than before has two rows; the newer one comes first.
        foreach (var row in others) _seen.TryAdd(row.Address, row);
        _decidedAt = now;
        return MayFound && (others.Count == 0 || now - _silentSince >= Silence)
            ? new FoundingStep.Found(rows) : new FoundingStep.Join(Contacts(others));
    }

    // The living nodes come first. Their order is by address and not by their last beat, since Akka begins anew with each change.
    private List<string> Contacts(List<NodeRow> others) =>
        [.. seeds.Concat(others
                // This machine's own loopback address would be asked in place of the other machine.
                .Where(row => row.IsLoopback == _isLoopback)
                .OrderByDescending(row => row.Age < Silence).ThenBy(row => row.Address, StringComparer.Ordinal)
                .Select(row => row.Address).Take(MaxContacts))
            .Where(address => !string.Equals(address, self, StringComparison.OrdinalIgnoreCase))
            .Distinct(StringComparer.OrdinalIgnoreCase)];
}
