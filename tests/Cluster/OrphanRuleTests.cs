using Postfleet.Cluster.Membership;
using Xunit;

namespace Postfleet.Cluster.Tests;

public sealed class OrphanRuleTests
{
    private static readonly MemberState Self = new("d:1", 1, IsQueue: false, IsReachable: true, IsOut: false);
    private static readonly MemberState Peer = Self with { Address = "f:1", Incarnation = 2 };
    private static readonly MemberState Queue = new("a:1", 11, IsQueue: true, IsReachable: false, IsOut: false);
    private static readonly MemberState OtherQueue = Queue with { Address = "b:1", Incarnation = 12 };
    private static readonly MemberState[] All = [Self, Peer, Queue, OtherQueue];

    private readonly OrphanRule _rule = new(Self.Address);

    [Fact]
    public void Rule_applies_when_no_queue_node_can_be_reached()
    {
        Assert.True(OrphanRule.Applies(All, Self.Address));
        Assert.True(OrphanRule.Applies([Self, Peer], Self.Address));
        Assert.False(OrphanRule.Applies([.. All, OtherQueue with { Address = "c:1", IsReachable = true }], Self.Address));
    }

    [Fact]
    public void Rule_does_not_apply_before_the_node_has_joined() => Assert.False(OrphanRule.Applies([], Self.Address));

    [Fact]
    public void Joining_node_does_not_count_as_a_queue_node() =>
        Assert.True(OrphanRule.Applies([.. All, Queue with { Address = "c:1", IsQueue = false, IsReachable = true }], Self.Address));

    /// <summary>No side has won, so no node has to leave. Dead members must not prevent new queue nodes from joining.</summary>
    [Fact]
    public void Node_stays_and_removes_queue_nodes_that_have_all_died()
    {
        for (var second = 0; second < FoundingRule.Silence.TotalSeconds; second++) Assert.IsType<OrphanStep.Wait>(Decide(second));
        Assert.Equal([new NodeRow("a:1", 11, 7), new NodeRow("b:1", 12, 7)], Removed(Decide(15)));
        MemberState[] removed = [Self, Peer, Queue with { IsOut = true }];
        for (var second = 16; second < 10_000; second++) Assert.IsType<OrphanStep.Wait>(Decide(second, removed));
    }

    [Fact]
    public void A_dead_node_that_the_registry_does_not_know_is_removed_too()
    {
        for (var second = 0; second < 15; second++) Assert.IsType<OrphanStep.Wait>(Decide(second, All, Rows(second)[..2]));
        Assert.Contains(new NodeRow("b:1", 12, 0), Removed(Decide(15, All, Rows(15)[..3])));
    }

    [Fact]
    public void Node_leaves_a_living_queue_node_when_the_winning_side_has_decided()
    {
        for (var second = 0; second < 6; second++) Assert.IsType<OrphanStep.Wait>(Decide(second, All, Rows(second, living: "a:1")));
        Decide(6, All, Rows(6, living: "a:1"));
        Assert.Contains("a:1", ReasonOf(Decide(7, All, Rows(7, living: "a:1"))), StringComparison.Ordinal);
    }

    /// <summary>After a freeze queue nodes beat a moment before they can be reached.</summary>
    [Fact]
    public void Single_beat_does_not_show_another_side()
    {
        for (var second = 0; second < 10; second++) Assert.IsType<OrphanStep.Wait>(Decide(second));
        for (var second = 10; second < 14; second++) Assert.IsType<OrphanStep.Wait>(Decide(second, All, Rows(second, (Queue, 8))));
    }

    /// <summary>The node beats once before a freeze and once after it. The time between does not count as life.</summary>
    [Fact]
    public void Two_beats_with_a_long_pause_do_not_show_another_side()
    {
        Assert.IsType<OrphanStep.Wait>(Decide(0));
        for (var second = 1; second < 12; second++) Assert.IsType<OrphanStep.Wait>(Decide(second, All, Rows(second, (Queue, 8))));
        for (var second = 12; second < 16; second++)
            Assert.IsType<OrphanStep.Wait>(Decide(second, All, Rows(second, (Queue, 9), (OtherQueue, 9))));
    }

    [Fact]
    public void Dead_and_living_queue_nodes_together_are_a_split()
    {
        OrphanStep step = new OrphanStep.Wait();
        for (var second = 0; step is OrphanStep.Wait; second++) step = Decide(second, All, Rows(second, living: "b:1"));
        Assert.Contains("b:1", ReasonOf(step), StringComparison.Ordinal);
    }

    /// <summary>A new queue node, or a new start of a dead queue node, is in the cluster of the other side.</summary>
    [Theory]
    [InlineData("new:1", 99)]
    [InlineData("a:1", 99)]
    public void Living_node_that_was_never_a_member_shows_another_side(string address, long incarnation)
    {
        OrphanStep step = new OrphanStep.Wait();
        var second = 0;
        for (; step is OrphanStep.Wait; second++)
        {
            NodeRow[] rows =
                [.. Rows(second).Where(row => row.Address != address), new(address, incarnation, second < 20 ? 1 : second / 3)];
            step = Decide(second, [Self, Peer], rows);
        }

        Assert.Contains(address, ReasonOf(step), StringComparison.Ordinal);
        Assert.InRange(second, 20, 30);
    }

    /// <summary>A node beats until its process has ended, longer than it is a member.</summary>
    [Fact]
    public void A_node_that_has_just_left_is_not_taken_for_another_side()
    {
        MemberState[] leaving = [Self, Peer, Queue with { IsReachable = true, IsOut = true, IsQueue = false }];
        Assert.IsType<OrphanStep.Wait>(Decide(0, leaving));
        for (var second = 1; second < 30; second++)
            Assert.IsType<OrphanStep.Wait>(Decide(second, [Self, Peer], Rows(second, living: "a:1")));
    }

    [Fact]
    public void Silence_starts_when_the_node_was_reached_last()
    {
        MemberState[] reached = [Self, Peer with { IsReachable = true }];
        MemberState[] missed = [Self, Peer with { IsReachable = false }];
        for (var second = 0; second < 100; second++) Assert.IsType<OrphanStep.Wait>(Decide(second, reached, []));
        for (var second = 100; second < 115; second++) Assert.IsType<OrphanStep.Wait>(Decide(second, missed, []));
        Assert.Equal([new NodeRow("f:1", 2, 0)], Removed(Decide(115, missed, [])));
    }

    /// <summary>During an outage of the database nobody can write, so old rows after the outage prove nothing.</summary>
    [Fact]
    public void Outage_of_the_database_restarts_the_silence_without_a_decision()
    {
        for (var second = 0; second < 10; second++) Assert.IsType<OrphanStep.Wait>(Decide(second));
        for (var second = 10; second < 100; second++) Assert.IsType<OrphanStep.Wait>(_rule.Decide(All, null, TimeSpan.FromSeconds(second)));
        for (var second = 100; second < 115; second++) Assert.IsType<OrphanStep.Wait>(Decide(second));
        Assert.Equal(2, Removed(Decide(115)).Count);
    }

    [Fact]
    public void Outage_of_the_database_ends_the_wait_at_the_limit()
    {
        Assert.IsType<OrphanStep.Wait>(_rule.Decide(All, null, TimeSpan.Zero));
        Assert.IsType<OrphanStep.Wait>(_rule.Decide(All, null, OrphanRule.UndecidedLimit - TimeSpan.FromSeconds(1)));
        Assert.Contains(
            "the database has not answered", ReasonOf(_rule.Decide(All, null, OrphanRule.UndecidedLimit)), StringComparison.Ordinal);
    }

    /// <summary>Two halves without queue nodes prevent each other from admitting new nodes, and neither has won.</summary>
    [Fact]
    public void Living_node_without_the_role_is_waited_for_until_the_limit()
    {
        MemberState[] members = [Self, Peer with { IsReachable = false }];
        for (var second = 0; second < OrphanRule.UndecidedLimit.TotalSeconds; second++)
            Assert.IsType<OrphanStep.Wait>(Decide(second, members));
        Assert.Contains("f:1", ReasonOf(Decide((int)OrphanRule.UndecidedLimit.TotalSeconds, members)), StringComparison.Ordinal);
    }

    private static IReadOnlyList<NodeRow> Removed(OrphanStep step) => Assert.IsType<OrphanStep.Remove>(step).Silent;

    private static string ReasonOf(OrphanStep step) => Assert.IsType<OrphanStep.Leave>(step).Reason;

    // Nodes without the role always beat. Queue nodes beat only when the test names them.
    private static NodeRow[] Rows(int second, string living)
    {
        var named = All.Single(member => member.Address == living);
        return Rows(second, (named, 7 + (second / 3)));
    }

    private static NodeRow[] Rows(int second, params (MemberState Node, long Beat)[] beats) =>
    [
        new("d:1", 1, second / 3), new("f:1", 2, second / 3),
        .. new[] { Queue, OtherQueue }.Select(queue =>
            new NodeRow(queue.Address, queue.Incarnation, beats.Where(beat => beat.Node == queue).Select(beat => beat.Beat)
                .DefaultIfEmpty(7).Single())),
    ];

    private OrphanStep Decide(int second) => Decide(second, All);

    private OrphanStep Decide(int second, MemberState[] members) => Decide(second, members, Rows(second));

    private OrphanStep Decide(int second, MemberState[] members, NodeRow[] rows) =>
        _rule.Decide(members, rows, TimeSpan.FromSeconds(second));
}
