using Postfleet.Cluster.Membership;
using Xunit;

namespace Postfleet.Cluster.Tests;

public sealed class FoundingRuleTests
{
    private static readonly string[] Seeds = ["a:1", "b:1", "c:1"];

    [Fact]
    public void A_seed_founds_at_once_where_nobody_ever_was() =>
        Assert.Empty(Assert.IsType<FoundingStep.Found>(new FoundingRule("b:1", Seeds, isQueue: true).Decide([], TimeSpan.Zero)).Expected);

    /// <summary>The answer to a founding may be lost.</summary>
    [Fact]
    public void Own_row_does_not_count_as_another_node()
    {
        var rule = new FoundingRule("a:1", Seeds, isQueue: true);
        Assert.IsType<FoundingStep.Found>(rule.Decide([], TimeSpan.Zero));
        Assert.IsType<FoundingStep.Found>(rule.Decide([new NodeRow("a:1", 7, 1)], TimeSpan.FromSeconds(1)));
    }

    [Fact]
    public void A_node_that_is_no_seed_never_founds()
    {
        var rule = new FoundingRule("d:1", Seeds, isQueue: true);
        for (var second = 0; second < 100; second++)
            Assert.Equal(Seeds, Assert.IsType<FoundingStep.Join>(rule.Decide([], TimeSpan.FromSeconds(second))).Contacts);
    }

    /// <summary>
    /// The first seed restarts alone while a frontend outside of the seeds lives. By Akka's own rule the seed would found a second cluster.
    /// </summary>
    [Fact]
    public void Living_node_is_asked_and_no_cluster_is_founded()
    {
        var rule = new FoundingRule("a:1", Seeds, isQueue: true);
        for (var second = 0; second < 100; second++)
        {
            var step = rule.Decide([new NodeRow("f:1", 5, second / 3)], TimeSpan.FromSeconds(second));
            Assert.Equal(["b:1", "c:1", "f:1"], Assert.IsType<FoundingStep.Join>(step).Contacts);
        }
    }

    [Fact]
    public void Seed_founds_when_all_nodes_have_been_silent()
    {
        var rule = new FoundingRule("a:1", Seeds, isQueue: true);
        NodeRow[] rows = [new("b:1", 5, 10), new("f:1", 6, 20)];
        var second = 0;
        for (; second < FoundingRule.Silence.TotalSeconds; second++)
            Assert.IsType<FoundingStep.Join>(rule.Decide(rows, TimeSpan.FromSeconds(second)));
        Assert.Equal(rows, Assert.IsType<FoundingStep.Found>(rule.Decide(rows, TimeSpan.FromSeconds(second))).Expected);
    }

    [Fact]
    public void Beat_restarts_the_silence()
    {
        var rule = new FoundingRule("a:1", Seeds, isQueue: true);
        for (var second = 0; second < 14; second++) rule.Decide([new NodeRow("b:1", 5, 10)], TimeSpan.FromSeconds(second));
        for (var second = 14; second < 29; second++)
            Assert.IsType<FoundingStep.Join>(rule.Decide([new NodeRow("b:1", 5, 11)], TimeSpan.FromSeconds(second)));
        Assert.IsType<FoundingStep.Found>(rule.Decide([new NodeRow("b:1", 5, 11)], TimeSpan.FromSeconds(29)));
    }

    /// <summary>During an outage of the database nobody can write, so old rows after the outage prove nothing.</summary>
    [Fact]
    public void A_pause_in_watching_begins_the_silence_anew()
    {
        var rule = new FoundingRule("a:1", Seeds, isQueue: true);
        NodeRow[] rows = [new("b:1", 5, 10)];
        for (var second = 0; second < 10; second++) rule.Decide(rows, TimeSpan.FromSeconds(second));
        for (var second = 60; second < 75; second++) Assert.IsType<FoundingStep.Join>(rule.Decide(rows, TimeSpan.FromSeconds(second)));
        Assert.IsType<FoundingStep.Found>(rule.Decide(rows, TimeSpan.FromSeconds(75)));
    }

    [Fact]
    public void A_node_that_starts_again_shows_that_it_lives()
    {
        var rule = new FoundingRule("a:1", Seeds, isQueue: true);
        rule.Decide([new NodeRow("b:1", 5, 10)], TimeSpan.Zero);
        for (var second = 1; second < 15; second++) rule.Decide([new NodeRow("b:1", 5, 10)], TimeSpan.FromSeconds(second));
        Assert.IsType<FoundingStep.Join>(rule.Decide([new NodeRow("b:1", 6, 10)], TimeSpan.FromSeconds(15)));
    }

    [Fact]
    public void Node_without_seeds_asks_the_nodes_of_the_registry()
    {
        var rule = new FoundingRule("a:1", [], isQueue: true);
        for (var second = 0; second < 100; second++)
        {
            var step = rule.Decide([new NodeRow("b:1", 5, second / 3)], TimeSpan.FromSeconds(second));
            Assert.Equal(["b:1"], Assert.IsType<FoundingStep.Join>(step).Contacts);
        }
    }

    [Fact]
    public void Queue_node_without_seeds_founds_when_all_others_are_dead()
    {
        var rule = new FoundingRule("a:1", [], isQueue: true);
        for (var second = 0; second < 15; second++)
            Assert.IsType<FoundingStep.Join>(rule.Decide([new NodeRow("b:1", 5, 10)], TimeSpan.FromSeconds(second)));
        Assert.IsType<FoundingStep.Found>(rule.Decide([new NodeRow("b:1", 5, 10)], TimeSpan.FromSeconds(15)));
    }

    [Fact]
    public void Node_without_the_role_queue_and_without_seeds_never_founds()
    {
        var rule = new FoundingRule("a:1", [], isQueue: false);
        for (var second = 0; second < 100; second++)
            Assert.Empty(Assert.IsType<FoundingStep.Join>(rule.Decide([], TimeSpan.FromSeconds(second))).Contacts);
    }

    /// <summary>The seeds have names, and the node has found an address.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Queue_node_with_a_found_address_founds_although_no_seed_has_the_address(bool isQueue)
    {
        var step = new FoundingRule("10.0.0.5:4053", Seeds, isQueue, isHostFound: true).Decide([], TimeSpan.Zero);
        if (isQueue) Assert.IsType<FoundingStep.Found>(step);
        else Assert.Equal(Seeds, Assert.IsType<FoundingStep.Join>(step).Contacts);
    }

    [Fact]
    public void Living_nodes_are_asked_first_and_in_the_same_order_each_time()
    {
        var rule = new FoundingRule("a:1", [], isQueue: true);
        NodeRow Row(string address, double age) => new(address, 1, 1) { Age = TimeSpan.FromSeconds(age) };
        string[] order = ["c:1", "d:1", "b:1", "e:1"];
        Assert.Equal(order, Assert.IsType<FoundingStep.Join>(
            rule.Decide([Row("d:1", 1), Row("c:1", 2), Row("e:1", 20), Row("b:1", 30)], TimeSpan.Zero)).Contacts);
        Assert.Equal(order, Assert.IsType<FoundingStep.Join>(
            rule.Decide([Row("c:1", 1), Row("d:1", 2), Row("e:1", 21), Row("b:1", 31)], TimeSpan.FromSeconds(1))).Contacts);
    }

    /// <summary>This machine's own loopback address would be asked in place of the other machine.</summary>
    [Fact]
    public void Loopback_address_of_a_dead_node_is_not_asked() =>
        Assert.Empty(Assert.IsType<FoundingStep.Join>(
            new FoundingRule("10.0.0.5:4053", [], isQueue: true).Decide([new NodeRow("127.0.0.1:4053", 1, 1)], TimeSpan.Zero)).Contacts);

    [Fact]
    public void The_nodes_that_are_asked_are_bounded()
    {
        var rows = Enumerable.Range(0, 1000).Select(i => new NodeRow($"x{i}:1", 1, 1)).ToList();
        var step = Assert.IsType<FoundingStep.Join>(new FoundingRule("d:1", Seeds, isQueue: true).Decide(rows, TimeSpan.Zero));
        Assert.Equal(Seeds.Length + FoundingRule.MaxContacts, step.Contacts.Count);
    }
}
