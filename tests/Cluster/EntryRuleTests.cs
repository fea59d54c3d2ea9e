using Postfleet.Cluster.Membership;
using Xunit;

namespace Postfleet.Cluster.Tests;

/// <summary>A member without a row enters the registry beside its cluster, or leaves for the cluster that lives there.</summary>
public sealed class EntryRuleTests
{
    private const string Self = "10.0.0.1:4053";

    private static readonly HashSet<(string Address, long Incarnation)> Members = [(Self, 1), ("10.0.0.2:4053", 2)];
    private readonly EntryRule _rule = new(Self);

    [Theory]
    [InlineData(Self, 1)]
    [InlineData("10.0.0.2:4053", 2)]
    public void Member_enters_beside_the_row_of_its_cluster(string address, long incarnation) => Assert.IsType<EntryStep.Enter>(
        Decide(0, new NodeRow(address, incarnation, 1), new NodeRow("10.0.0.9:4053", 9, 1)));

    [Fact]
    public void Member_replaces_an_empty_registry_at_once() => Assert.Empty(Assert.IsType<EntryStep.Replace>(Decide(0)).Expected);

    [Theory]
    [InlineData("10.0.0.9:4053", 9)]
    [InlineData("10.0.0.2:4053", 1)]
    public void Member_replaces_rows_of_other_nodes_after_their_silence(string address, long incarnation)
    {
        var row = new NodeRow(address, incarnation, 7);
        foreach (var second in Enumerable.Range(0, 15)) Assert.IsType<EntryStep.Wait>(Decide(second, row));
        Assert.Equal([row], Assert.IsType<EntryStep.Replace>(Decide(15, row)).Expected);
    }

    [Fact]
    public void Member_leaves_its_cluster_when_a_node_outside_beats_twice()
    {
        Assert.IsType<EntryStep.Wait>(Decide(0, new NodeRow("10.0.0.2:4053", 3, 1)));
        Assert.IsType<EntryStep.Wait>(Decide(3, new NodeRow("10.0.0.2:4053", 3, 2)));
        Assert.Equal(
            "10.0.0.2:4053", Assert.IsType<EntryStep.Leave>(Decide(6, new NodeRow("10.0.0.2:4053", 3, 3))).Other.Address);
    }

    [Fact]
    public void Member_replaces_the_row_of_an_earlier_process_at_its_address_alone() =>
        Assert.IsType<EntryStep.Replace>(Decide(0, new NodeRow(Self, 77, 5)));

    private EntryStep Decide(int second, params NodeRow[] rows) => _rule.Decide(rows, Members, TimeSpan.FromSeconds(second));
}
