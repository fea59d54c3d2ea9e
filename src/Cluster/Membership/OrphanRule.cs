namespace Postfleet.Cluster.Membership;

/// <summary>A member of the cluster as this node sees it.</summary>
/// <param name="Address">Its <c>host:port</c>.</param>
/// <param name="Incarnation">The id of one start of the node at this address.</param>
/// <param name="IsQueue">Whether it has the role <c>queue</c> and a vote: it has joined and is not leaving.</param>
/// <param name="IsReachable">Whether the failure detectors reach it.</param>
/// <param name="IsOut">Whether it has been declared dead or has left and no longer prevents other nodes from joining.</param>
internal readonly record struct MemberState(string Address, long Incarnation, bool IsQueue, bool IsReachable, bool IsOut);

/// <summary>The next step of a node without a reachable queue node.</summary>
internal abstract record OrphanStep
{
    private OrphanStep()
    {
    }

    /// <summary>Wait and decide again later.</summary>
    public sealed record Wait : OrphanStep;

    /// <summary>Leave the cluster: it lives on the other side of a split, or the wait for a decision was too long.</summary>
    /// <param name="Reason">The reason, for the log.</param>
    public sealed record Leave(string Reason) : OrphanStep;

    /// <summary>Remove silent nodes from the registry, if their rows are unchanged, and then from the cluster.</summary>
    /// <param name="Silent">The rows of the silent nodes; a node without a row has beat 0.</param>
    public sealed record Remove(IReadOnlyList<NodeRow> Silent) : OrphanStep;
}

/// <summary>
/// Decides, for a node without the role <c>queue</c> that reaches no queue node, whether the node is cut off or the queue nodes have died.
/// Akka's rule that the majority of queue nodes survives would end the node in both cases. But the node alone knows the outcomes of
/// attempts not yet recorded by a queue, and when all queue nodes have died no other side continues. The registry distinguishes the two
/// cases: living queue nodes beat there. <see cref="DowningGuard"/> creates a rule for each period without queue nodes. No I/O, no clock.
/// </summary>
/// <param name="self">This node's <c>host:port</c>.</param>
internal sealed class OrphanRule(string self)
{
    /// <summary>How long a side of a split waits before it decides, which is also the time of the split brain resolver.</summary>
    public static readonly TimeSpan StableAfter = TimeSpan.FromSeconds(6);

    /// <summary>
    /// How long a node must have been beating to count as living. Frozen queue nodes beat as soon as they wake up, a second or two before
    /// they can be reached again. The time exceeds a beat interval, so two beats are needed.
    /// </summary>
    public static readonly TimeSpan Confirmation = TimeSpan.FromSeconds(4);

    /// <summary>
    /// How long the rule may stay undecided, because the database does not answer or because beating nodes cannot be reached.
    /// </summary>
    public static readonly TimeSpan UndecidedLimit = TimeSpan.FromMinutes(10);

    // A beat or two may come late on a busy machine. A beat after a longer pause starts a new series.
    private static readonly TimeSpan MaxBeatPause = 2 * FoundingRule.BeatInterval;

    private readonly HashSet<(string Address, long Incarnation)> _met = [];
    private Dictionary<string, Watched> _watched = new(StringComparer.OrdinalIgnoreCase);
    private Dictionary<(string Address, long Incarnation), TimeSpan> _unreachable = [];
    private TimeSpan? _since;
    private TimeSpan _decidedAt;
    private TimeSpan _watchedSince;
    private TimeSpan? _readAt;

    /// <summary>Whether the rule applies: this node is a member and reaches no queue node.</summary>
    public static bool Applies(IReadOnlyList<MemberState> members, string self) =>
        members.Any(member => IsSame(member.Address, self)) && !members.Any(member => member is { IsQueue: true, IsReachable: true });

    /// <summary>Decides after a read of the cluster state and the registry.</summary>
    /// <param name="members">All members, including this node.</param>
    /// <param name="rows">The registry's rows; null when the database does not answer.</param>
    /// <param name="now">The time of a monotonic clock.</param>
    public OrphanStep Decide(IReadOnlyList<MemberState> members, IReadOnlyList<NodeRow>? rows, TimeSpan now)
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
                return new OrphanStep.Leave($"{winner} lives on the other side of a split");
            var silent = missing.Where(member => now - SilentSince(member) >= FoundingRule.Silence).ToList();
            if (silent.Count == missing.Count) _decidedAt = now;
            else undecided = $"{missing.Except(silent).First().Address} is unreachable but beats in the registry";
            if (silent.Count > 0 && now - _decidedAt < UndecidedLimit) return new OrphanStep.Remove([.. silent.Select(Row)]);
        }

        return now - _decidedAt < UndecidedLimit
            ? new OrphanStep.Wait()
            : new OrphanStep.Leave($"no queue node has been reached for {UndecidedLimit.TotalMinutes} minutes, and {undecided}");
    }

    private static bool IsSame(string address, string other) => string.Equals(address, other, StringComparison.OrdinalIgnoreCase);

    private static (string Address, long Incarnation) Key(MemberState member) => (member.Address, member.Incarnation);

    private void Watch(IReadOnlyList<NodeRow> rows, TimeSpan now)
    {
        // Beats during a pause in reading are unknown, so the silence is measured anew.
        var isFirst = _readAt is null;
        if (isFirst || now - _readAt > FoundingRule.MaxPause) _watchedSince = now;
        _readAt = now;
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

    // A beating queue node that is unreachable, or a beating node that is no member here, shows that another side continues.
    private string? FindWinner(List<MemberState> missing, TimeSpan now)
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

    private TimeSpan SilentSince(MemberState member)
    {
        var since = _unreachable[Key(member)];
        if (since < _watchedSince) since = _watchedSince;
        return _watched.TryGetValue(member.Address, out var at) && at.Row.Incarnation == member.Incarnation && at.ChangedAt > since
            ? at.ChangedAt : since;
    }

    private NodeRow Row(MemberState member) =>
        _watched.TryGetValue(member.Address, out var at) && at.Row.Incarnation == member.Incarnation ? at.Row
            : new NodeRow(member.Address, member.Incarnation, 0);

    // BeatsSince: the time of the first beat in the current series; null without a beat since the first read.
    private readonly record struct Watched(NodeRow Row, TimeSpan? BeatsSince, TimeSpan ChangedAt);
}
