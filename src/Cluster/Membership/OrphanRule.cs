namespace Postfleet.Cluster.Membership;

/// <summary>One member of the cluster as it is seen from here.</summary>
/// <param name="Address">Its <c>host:port</c>.</param>
/// <param name="Incarnation">Which start of the node at that address it is.</param>
/// <param name="IsQueue">Whether it has the role <c>queue</c> and a vote: it has been let in, and is not on its way out for good.</param>
/// <param name="IsReachable">Whether the failure detectors reach it.</param>
/// <param name="IsOut">Whether it has been declared dead or has left; it keeps nobody from joining then.</param>
internal readonly record struct MemberView(string Address, long Incarnation, bool IsQueue, bool IsReachable, bool IsOut);

/// <summary>What a node that reaches no queue node does next.</summary>
internal abstract record OrphanStep
{
    private OrphanStep()
    {
    }

    /// <summary>Nothing, and look again.</summary>
    public sealed record Wait : OrphanStep;

    /// <summary>Leave the cluster: it lives elsewhere, or it will not be found out whether it does.</summary>
    /// <param name="Reason">Why, in words.</param>
    public sealed record GiveUp(string Reason) : OrphanStep;

    /// <summary>Take these out of the registry, if they are as silent there as here, and out of the cluster then.</summary>
    /// <param name="Silent">What the registry says of each; with beat 0 when it says nothing.</param>
    public sealed record Remove(IReadOnlyList<NodeRow> Silent) : OrphanStep;
}

/// <summary>
/// Decides for a node without the role <c>queue</c> that reaches no queue node whether it has been cut off from them or they have died.
/// Akka's rule, that the majority of queue nodes lives, would end it in both cases; but it has knowledge that no other node has, of
/// attempts whose outcome no queue has recorded yet, and where all queue nodes have died there is no other side that goes on without it.
/// The registry tells the two apart: queue nodes that live beat there. One rule a time without queue nodes. No I/O, no clock.
/// </summary>
/// <param name="self">This node's <c>host:port</c>.</param>
internal sealed class OrphanRule(string self)
{
    /// <summary>
    /// How long a side of a split waits before it decides, the time of the split brain resolver: nobody is given up by a glimpse.
    /// </summary>
    public static readonly TimeSpan StableAfter = TimeSpan.FromSeconds(6);

    /// <summary>
    /// For how long a node must have been beating to count as living. Queue nodes that were frozen beat as soon as they wake up, a second
    /// or two before they can be reached again. More than one beat's interval, so it takes two.
    /// </summary>
    public static readonly TimeSpan Confirmation = TimeSpan.FromSeconds(4);

    /// <summary>
    /// How long it may stay undecided who lives, because the database does not answer or because those who beat there cannot be reached.
    /// </summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    // A beat or two may come late on a busy machine. What comes after more than that begins anew to show that it lives.
    private static readonly TimeSpan MaxBeatPause = 2 * FoundingRule.BeatInterval;

    private readonly HashSet<(string Address, long Incarnation)> _met = [];
    private Dictionary<string, Watched> _watched = new(StringComparer.OrdinalIgnoreCase);
    private Dictionary<(string Address, long Incarnation), TimeSpan> _unreachable = [];
    private TimeSpan? _since;
    private TimeSpan _decidedAt;
    private TimeSpan _watchedSince;
    private TimeSpan? _lookedAt;

    /// <summary>Whether the rule has something to decide: this node is a member, and reaches no queue node.</summary>
    public static bool Applies(IReadOnlyList<MemberView> members, string self) =>
        members.Any(member => IsSame(member.Address, self)) && !members.Any(member => member is { IsQueue: true, IsReachable: true });

    /// <summary>A look at the cluster and at the registry.</summary>
    /// <param name="members">All members, this node among them.</param>
    /// <param name="rows">The registry's rows; null when the database does not answer.</param>
    /// <param name="now">Time of a clock that never goes back.</param>
    public OrphanStep Look(IReadOnlyList<MemberView> members, IReadOnlyList<NodeRow>? rows, TimeSpan now)
    {
        if (_since is null) (_since, _decidedAt) = (now, now);
        foreach (var member in members) _met.Add((member.Address, member.Incarnation));
        var missing = members.Where(member => member is { IsReachable: false, IsOut: false }).ToList();
        _unreachable = missing.ToDictionary(Key, member => _unreachable.GetValueOrDefault(Key(member), now));
        var undecided = "the database has not answered";
        if (rows is not null)
        {
            Watch(rows, now);
            if (now - _since >= StableAfter && FindWinner(missing, now) is { } winner)
                return new OrphanStep.GiveUp($"{winner} lives on the other side of a split");
            var silent = missing.Where(member => now - SilentSince(member) >= FoundingRule.Silence).ToList();
            if (silent.Count == missing.Count) _decidedAt = now;
            else undecided = $"{missing.Except(silent).First().Address} has been neither reached nor silent";
            if (silent.Count > 0 && now - _decidedAt < Patience) return new OrphanStep.Remove([.. silent.Select(Row)]);
        }

        return now - _decidedAt < Patience
            ? new OrphanStep.Wait()
            : new OrphanStep.GiveUp($"no queue node has been reached for {Patience.TotalMinutes} minutes, and {undecided}");
    }

    private static bool IsSame(string address, string other) => string.Equals(address, other, StringComparison.OrdinalIgnoreCase);

    private static (string Address, long Incarnation) Key(MemberView member) => (member.Address, member.Incarnation);

    private void Watch(IReadOnlyList<NodeRow> rows, TimeSpan now)
    {
        // What happened while nobody looked is not known: silence begins anew.
        var isFirst = _lookedAt is null;
        if (isFirst || now - _lookedAt > FoundingRule.MaxPause) _watchedSince = now;
        _lookedAt = now;
        var watched = new Dictionary<string, Watched>(StringComparer.OrdinalIgnoreCase);
        foreach (var row in rows)
        {
            var isKnown = _watched.TryGetValue(row.Address, out var before);
            var goesOn = isKnown && before.Row.Incarnation == row.Incarnation && now - before.ChangedAt <= MaxBeatPause;
            if (isKnown && before.Row == row) watched[row.Address] = before;
            else watched[row.Address] = new Watched(row, isFirst ? null : (goesOn ? before.BeatsSince : null) ?? now, now);
        }

        _watched = watched;
    }

    // A queue node that lives and is not reached, or one that has come into a cluster of which this node is not: both show that the others
    // go on without it.
    private string? FindWinner(List<MemberView> missing, TimeSpan now)
    {
        foreach (var (row, beatsSince, changedAt) in _watched.Values)
        {
            if (now - beatsSince is not { } beats || beats < Confirmation || now - changedAt > Confirmation || IsSame(row.Address, self))
                continue;
            if (missing.Any(member => member.IsQueue && Key(member) == (row.Address, row.Incarnation))
                || !_met.Contains((row.Address, row.Incarnation)))
                return row.Address;
        }

        return null;
    }

    private TimeSpan SilentSince(MemberView member)
    {
        var since = _unreachable[Key(member)];
        if (since < _watchedSince) since = _watchedSince;
        return _watched.TryGetValue(member.Address, out var at) && at.Row.Incarnation == member.Incarnation && at.ChangedAt > since
            ? at.ChangedAt : since;
    }

    private NodeRow Row(MemberView member) =>
        _watched.TryGetValue(member.Address, out var at) && at.Row.Incarnation == member.Incarnation ? at.Row
            : new NodeRow(member.Address, member.Incarnation, 0);

    // BeatsSince: of the first of the beats that came without a pause; null when none has come since this is watched.
    private readonly record struct Watched(NodeRow Row, TimeSpan? BeatsSince, TimeSpan ChangedAt);
}
