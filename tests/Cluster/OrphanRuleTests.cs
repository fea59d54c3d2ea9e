using Postfleet.Cluster.Membership;
using Xunit;

namespace Postfleet.Cluster.Tests;

public sealed class OrphanRuleTests
{
    private static readonly MemberView Self = new("d:1", 1, IsQueue: false, IsReachable: true, IsOut: false);
    private static readonly MemberView Peer = Self with { Address = "f:1", Incarnation = 2 };
    private static readonly MemberView Queue = new("a:1", 11, IsQueue: true, IsReachable: false, IsOut: false);
    private static readonly MemberView OtherQueue = Queue with { Address = "b:1", Incarnation = 12 };
    private static readonly MemberView[] All = [Self, Peer, Queue, OtherQueue];

    private readonly OrphanRule _rule = new(Self.Address);

    [Fact]
    public void It_applies_where_no_queue_node_can_be_reached()
    {
        Assert.True(OrphanRule.Applies(All, Self.Address));
        Assert.True(OrphanRule.Applies([Self, Peer], Self.Address));
        Assert.False(OrphanRule.Applies([.. All, OtherQueue with { Address = "c:1", IsReachable = true }], Self.Address));
    }

    [Fact]
    public void It_does_not_apply_before_the_node_has_joined() => Assert.False(OrphanRule.Applies([], Self.Address));

    [Fact]
    public void One_that_is_being_let_in_is_no_queue_node_yet() =>
        Assert.True(OrphanRule.Applies([.. All, Queue with { Address = "c:1", IsQueue = false, IsReachable = true }], Self.Address));

    /// <summary>Nobody has won, so nobody has to leave; and what is dead must not keep new queue nodes from being let in.</summary>
    [Fact]
    public void When_all_queue_nodes_have_died_the_node_stays_and_removes_them()
    {
        for (var second = 0; second < FoundingRule.Silence.TotalSeconds; second++) Assert.IsType<OrphanStep.Wait>(Look(second));
        Assert.Equal([new NodeRow("a:1", 11, 7), new NodeRow("b:1", 12, 7)], Removed(Look(15)));
        MemberView[] removed = [Self, Peer, Queue with { IsOut = true }];
        for (var second = 16; second < 10_000; second++) Assert.IsType<OrphanStep.Wait>(Look(second, removed));
    }

    [Fact]
    public void A_dead_node_that_the_registry_does_not_know_is_removed_too()
    {
        for (var second = 0; second < 15; second++) Assert.IsType<OrphanStep.Wait>(Look(second, All, Rows(second)[..2]));
        Assert.Contains(new NodeRow("b:1", 12, 0), Removed(Look(15, All, Rows(15)[..3])));
    }

    [Fact]
    public void When_a_queue_node_lives_the_node_gives_up_as_soon_as_the_winning_side_has_decided()
    {
        for (var second = 0; second < 6; second++) Assert.IsType<OrphanStep.Wait>(Look(second, All, Rows(second, living: "a:1")));
        Look(6, All, Rows(6, living: "a:1"));
        Assert.Contains("a:1", GivenUp(Look(7, All, Rows(7, living: "a:1"))), StringComparison.Ordinal);
    }

    /// <summary>
    /// Of queue nodes that wake up after all of them had been frozen the beats are seen first, and a moment later they can be reached.
    /// </summary>
    [Fact]
    public void A_single_beat_is_no_sign_that_the_others_have_gone_on()
    {
        for (var second = 0; second < 10; second++) Assert.IsType<OrphanStep.Wait>(Look(second));
        for (var second = 10; second < 14; second++) Assert.IsType<OrphanStep.Wait>(Look(second, All, Rows(second, (Queue, 8))));
    }

    /// <summary>It beat once before it froze, and beats again as it wakes up: the time between does not count as life.</summary>
    [Fact]
    public void Two_beats_with_a_long_pause_between_them_are_no_sign_either()
    {
        Assert.IsType<OrphanStep.Wait>(Look(0));
        for (var second = 1; second < 12; second++) Assert.IsType<OrphanStep.Wait>(Look(second, All, Rows(second, (Queue, 8))));
        for (var second = 12; second < 16; second++)
            Assert.IsType<OrphanStep.Wait>(Look(second, All, Rows(second, (Queue, 9), (OtherQueue, 9))));
    }

    [Fact]
    public void One_dead_and_one_living_queue_node_are_a_split()
    {
        OrphanStep step = new OrphanStep.Wait();
        for (var second = 0; step is OrphanStep.Wait; second++) step = Look(second, All, Rows(second, living: "b:1"));
        Assert.Contains("b:1", GivenUp(step), StringComparison.Ordinal);
    }

    /// <summary>A queue node that came later, or a new life of a dead one, is in the cluster of the others.</summary>
    [Theory]
    [InlineData("new:1", 99)]
    [InlineData("a:1", 99)]
    public void A_living_node_that_was_never_met_shows_that_the_others_go_on(string address, long incarnation)
    {
        OrphanStep step = new OrphanStep.Wait();
        var second = 0;
        for (; step is OrphanStep.Wait; second++)
        {
            NodeRow[] rows =
                [.. Rows(second).Where(row => row.Address != address), new(address, incarnation, second < 20 ? 1 : second / 3)];
            step = Look(second, [Self, Peer], rows);
        }

        Assert.Contains(address, GivenUp(step), StringComparison.Ordinal);
        Assert.InRange(second, 20, 30);
    }

    /// <summary>It beats until its process has ended, and nobody knows it as a member any more.</summary>
    [Fact]
    public void A_node_that_has_just_left_is_not_taken_for_another_side()
    {
        MemberView[] leaving = [Self, Peer, Queue with { IsReachable = true, IsOut = true, IsQueue = false }];
        Assert.IsType<OrphanStep.Wait>(Look(0, leaving));
        for (var second = 1; second < 30; second++) Assert.IsType<OrphanStep.Wait>(Look(second, [Self, Peer], Rows(second, living: "a:1")));
    }

    [Fact]
    public void Silence_is_measured_from_when_the_node_was_reached_last()
    {
        MemberView[] reached = [Self, Peer with { IsReachable = true }];
        MemberView[] missed = [Self, Peer with { IsReachable = false }];
        for (var second = 0; second < 100; second++) Assert.IsType<OrphanStep.Wait>(Look(second, reached, []));
        for (var second = 100; second < 115; second++) Assert.IsType<OrphanStep.Wait>(Look(second, missed, []));
        Assert.Equal([new NodeRow("f:1", 2, 0)], Removed(Look(115, missed, [])));
    }

    /// <summary>Nobody can write to a database that is away: that the rows are old when it comes back says nothing.</summary>
    [Fact]
    public void Without_the_database_nothing_is_decided_and_the_silence_begins_anew()
    {
        for (var second = 0; second < 10; second++) Assert.IsType<OrphanStep.Wait>(Look(second));
        for (var second = 10; second < 100; second++) Assert.IsType<OrphanStep.Wait>(_rule.Look(All, null, TimeSpan.FromSeconds(second)));
        for (var second = 100; second < 115; second++) Assert.IsType<OrphanStep.Wait>(Look(second));
        Assert.Equal(2, Removed(Look(115)).Count);
    }

    [Fact]
    public void Without_the_database_the_patience_ends()
    {
        Assert.IsType<OrphanStep.Wait>(_rule.Look(All, null, TimeSpan.Zero));
        Assert.IsType<OrphanStep.Wait>(_rule.Look(All, null, OrphanRule.Patience - TimeSpan.FromSeconds(1)));
        Assert.Contains("the database has not answered", GivenUp(_rule.Look(All, null, OrphanRule.Patience)), StringComparison.Ordinal);
    }

    /// <summary>Two halves without queue nodes keep each other from letting new ones in; neither has won.</summary>
    [Fact]
    public void A_living_node_without_the_role_is_waited_for_with_patience()
    {
        MemberView[] members = [Self, Peer with { IsReachable = false }];
        for (var second = 0; second < OrphanRule.Patience.TotalSeconds; second++) Assert.IsType<OrphanStep.Wait>(Look(second, members));
        Assert.Contains("f:1", GivenUp(Look((int)OrphanRule.Patience.TotalSeconds, members)), StringComparison.Ordinal);
    }

    private static IReadOnlyList<NodeRow> Removed(OrphanStep step) => Assert.IsType<OrphanStep.Remove>(step).Silent;

    private static string GivenUp(OrphanStep step) => Assert.IsType<OrphanStep.GiveUp>(step).Reason;

    // The nodes without the role beat, as they do; queue nodes only when they are named.
    private static NodeRow[] Rows(int second, string living)
    {
        var named = All.Single(member => member.Address == living);
        return Rows(second, (named, 7 + (second / 3)));
    }

    private static NodeRow[] Rows(int second, params (MemberView Node, long Beat)[] beats) =>
    [
        new("d:1", 1, second / 3), new("f:1", 2, second / 3),
        .. new[] { Queue, OtherQueue }.Select(queue =>
            new NodeRow(queue.Address, queue.Incarnation, beats.Where(beat => beat.Node == queue).Select(beat => beat.Beat)
                .DefaultIfEmpty(7).Single())),
    ];

    private OrphanStep Look(int second) => Look(second, All);

    private OrphanStep Look(int second, MemberView[] members) => Look(second, members, Rows(second));

    private OrphanStep Look(int second, MemberView[] members, NodeRow[] rows) => _rule.Look(members, rows, TimeSpan.FromSeconds(second));
}
