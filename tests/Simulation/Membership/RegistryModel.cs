using Postfleet.Cluster.Membership;
using Postfleet.Simulation.Tests.Machinery;

namespace Postfleet.Simulation.Tests.Membership;

/// <summary>
/// The table <c>cluster_node</c>. Each call is a transaction. Calls fail during an outage; a call of a killed process may still take
/// effect.
/// </summary>
internal sealed class RegistryModel(Scheduler scheduler, BrokenMembershipRule broken)
{
    private readonly Dictionary<string, (NodeRow Row, TimeSpan At)> _rows = [];

    /// <summary>Whether no node reaches the database.</summary>
    public bool IsDown { get; set; }

    /// <summary>All rows, newest first.</summary>
    public IReadOnlyList<NodeRow> Read() =>
        [.. _rows.Values.OrderByDescending(each => each.At).Select(each => each.Row with { Age = scheduler.Elapsed - each.At })];

    public bool TryFound(IReadOnlyList<NodeRow> expected, NodeEntry node, bool isOld)
    {
        if (broken != BrokenMembershipRule.FoundingNotCompared && !expected.ToHashSet().SetEquals(Read())) return false;
        _rows.Clear();
        Write(node, 1, isOld);
        return true;
    }

    /// <summary>Writes a row; an old program writes it over any other.</summary>
    public bool TryEnter(NodeEntry node, NodeRow? former, IReadOnlySet<(string Address, long Incarnation)> members, bool isOld)
    {
        var hasFellow = _rows.Values.Any(each => members.Contains((each.Row.Address, each.Row.Incarnation)));
        if (!hasFellow && !isOld && broken != BrokenMembershipRule.EnteringAlone) return false;
        var isFree = !_rows.TryGetValue(node.Address, out var found) || found.Row == former
            || found.Row.Process?.Instance == node.Process.Instance;
        if (!isFree && !isOld && broken != BrokenMembershipRule.EnteringOverwrites) return false;
        Write(node, found.Row.Beat + 1, isOld);
        return true;
    }

    public bool Beat(string address, long incarnation)
    {
        if (!_rows.TryGetValue(address, out var found) || found.Row.Incarnation != incarnation) return false;
        _rows[address] = (found.Row with { Beat = found.Row.Beat + 1 }, scheduler.Elapsed);
        return true;
    }

    public void Leave(string address, long incarnation)
    {
        if (_rows.TryGetValue(address, out var found) && found.Row.Incarnation == incarnation) _rows.Remove(address);
    }

    public void Remove(NodeRow row)
    {
        if (_rows.TryGetValue(row.Address, out var found) && found.Row == row) _rows.Remove(row.Address);
    }

    private void Write(NodeEntry node, long beat, bool isOld) => _rows[node.Address] = (
        new NodeRow(node.Address, node.Incarnation, beat) { Process = isOld ? null : node.Process }, scheduler.Elapsed);
}
