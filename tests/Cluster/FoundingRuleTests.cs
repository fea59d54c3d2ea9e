using Postfleet.Cluster.Membership;
using Xunit;

namespace Postfleet.Cluster.Tests;

public sealed class FoundingRuleTests
{
    private static readonly string[] Seeds = ["a:1", "b:1", "c:1"];

    [Fact]
    public void A_seed_founds_at_once_where_nobody_ever_was() =>
        Assert.Empty(Assert.IsType<FoundingStep.Found>(new FoundingRule("b:1", 7, Seeds).Decide([], TimeSpan.Zero)).Expected);

    [Fact]
    public void Old_row_under_the_own_address_belongs_to_an_earlier_start()
    {
        NodeRow[] rows = [new("a:1", 5, 99) { Age = FoundingRule.OwnSilence }];
        Assert.Equal(rows, Assert.IsType<FoundingStep.Found>(new FoundingRule("a:1", 7, Seeds).Decide(rows, TimeSpan.Zero)).Expected);
    }

    [Fact]
    public void Young_row_of_an_earlier_start_is_waited_for()
    {
        var rule = new FoundingRule("a:1", 7, Seeds);
        for (var second = 0; second < FoundingRule.OwnSilence.TotalSeconds; second++)
            Assert.Empty(Assert.IsType<FoundingStep.Join>(rule.Decide([Own(99, second)], TimeSpan.FromSeconds(second))).Contacts);
        Assert.IsType<FoundingStep.Found>(rule.Decide([Own(99, FoundingRule.OwnSilence.TotalSeconds)], FoundingRule.OwnSilence));
    }

    /// <summary>Two machines with the default host on a common database would remove each other from the cluster forever.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Node_is_refused_while_another_process_beats_under_its_address(bool hasSeeds)
    {
        var rule = new FoundingRule("a:1", 7, hasSeeds ? Seeds : []);
        Assert.IsType<FoundingStep.Join>(rule.Decide([Own(99, age: 2.5)], TimeSpan.Zero));
        Assert.IsType<FoundingStep.RefuseAddress>(rule.Decide([Own(100, age: 0.5)], TimeSpan.FromSeconds(1)));
    }

    [Fact]
    public void Slower_of_two_founders_with_one_address_is_refused()
    {
        var rule = new FoundingRule("a:1", 7, Seeds);
        Assert.IsType<FoundingStep.Found>(rule.Decide([], TimeSpan.Zero));
        Assert.IsType<FoundingStep.RefuseAddress>(rule.Decide([Own(1, age: 0.5)], TimeSpan.FromSeconds(1)));
    }

    /// <summary>The answer to a founding may be lost.</summary>
    [Fact]
    public void Own_row_does_not_count_as_another_node()
    {
        var rule = new FoundingRule("a:1", 7, Seeds);
        Assert.IsType<FoundingStep.Found>(rule.Decide([], TimeSpan.Zero));
        Assert.IsType<FoundingStep.Found>(rule.Decide([new NodeRow("a:1", 7, 1)], TimeSpan.FromSeconds(1)));
    }

    private static NodeRow Own(long beat, double age) => new("a:1", 5, beat) { Age = TimeSpan.FromSeconds(age) };

    [Fact]
    public void A_node_that_is_no_seed_never_founds()
    {
        var rule = new FoundingRule("d:1", 7, Seeds);
        for (var second = 0; second < 100; second++)
            Assert.Equal(Seeds, Assert.IsType<FoundingStep.Join>(rule.Decide([], TimeSpan.FromSeconds(second))).Contacts);
    }

    /// <summary>
    /// The first seed restarts alone while a frontend outside of the seeds lives. By Akka's own rule the seed would found a second cluster.
    /// </summary>
    [Fact]
    public void Living_node_is_asked_and_no_cluster_is_founded()
    {
        var rule = new FoundingRule("a:1", 7, Seeds);
        for (var second = 0; second < 100; second++)
        {
            var step = rule.Decide([new NodeRow("f:1", 5, second / 3)], TimeSpan.FromSeconds(second));
            Assert.Equal(["b:1", "c:1", "f:1"], Assert.IsType<FoundingStep.Join>(step).Contacts);
        }
    }

    [Fact]
    public void Seed_founds_when_all_nodes_have_been_silent()
    {
        var rule = new FoundingRule("a:1", 7, Seeds);
        NodeRow[] rows = [new("b:1", 5, 10), new("f:1", 6, 20)];
        var second = 0;
        for (; second < FoundingRule.Silence.TotalSeconds; second++)
            Assert.IsType<FoundingStep.Join>(rule.Decide(rows, TimeSpan.FromSeconds(second)));
        Assert.Equal(rows, Assert.IsType<FoundingStep.Found>(rule.Decide(rows, TimeSpan.FromSeconds(second))).Expected);
    }

    [Fact]
    public void Beat_restarts_the_silence()
    {
        var rule = new FoundingRule("a:1", 7, Seeds);
        for (var second = 0; second < 14; second++) rule.Decide([new NodeRow("b:1", 5, 10)], TimeSpan.FromSeconds(second));
        for (var second = 14; second < 29; second++)
            Assert.IsType<FoundingStep.Join>(rule.Decide([new NodeRow("b:1", 5, 11)], TimeSpan.FromSeconds(second)));
        Assert.IsType<FoundingStep.Found>(rule.Decide([new NodeRow("b:1", 5, 11)], TimeSpan.FromSeconds(29)));
    }

    /// <summary>During an outage of the database nobody can write, so old rows after the outage prove nothing.</summary>
    [Fact]
    public void A_pause_in_watching_begins_the_silence_anew()
    {
        var rule = new FoundingRule("a:1", 7, Seeds);
        NodeRow[] rows = [new("b:1", 5, 10)];
        for (var second = 0; second < 10; second++) rule.Decide(rows, TimeSpan.FromSeconds(second));
        for (var second = 60; second < 75; second++) Assert.IsType<FoundingStep.Join>(rule.Decide(rows, TimeSpan.FromSeconds(second)));
        Assert.IsType<FoundingStep.Found>(rule.Decide(rows, TimeSpan.FromSeconds(75)));
    }

    [Fact]
    public void A_node_that_starts_again_shows_that_it_lives()
    {
        var rule = new FoundingRule("a:1", 7, Seeds);
        rule.Decide([new NodeRow("b:1", 5, 10)], TimeSpan.Zero);
        for (var second = 1; second < 15; second++) rule.Decide([new NodeRow("b:1", 5, 10)], TimeSpan.FromSeconds(second));
        Assert.IsType<FoundingStep.Join>(rule.Decide([new NodeRow("b:1", 6, 10)], TimeSpan.FromSeconds(15)));
    }

    [Fact]
    public void A_node_without_seeds_refuses_to_live_beside_another()
    {
        var rule = new FoundingRule("a:1", 7, []);
        Assert.Empty(Assert.IsType<FoundingStep.Join>(rule.Decide([new NodeRow("b:1", 5, 10)], TimeSpan.Zero)).Contacts);
        Assert.Equal("b:1", Assert.IsType<FoundingStep.Refuse>(rule.Decide([new NodeRow("b:1", 5, 11)], TimeSpan.FromSeconds(3))).Other);
    }

    [Fact]
    public void A_node_without_seeds_starts_when_the_other_is_dead()
    {
        var rule = new FoundingRule("a:1", 7, []);
        for (var second = 0; second < 15; second++)
            Assert.IsType<FoundingStep.Join>(rule.Decide([new NodeRow("b:1", 5, 10)], TimeSpan.FromSeconds(second)));
        Assert.IsType<FoundingStep.Found>(rule.Decide([new NodeRow("b:1", 5, 10)], TimeSpan.FromSeconds(15)));
    }

    [Fact]
    public void The_nodes_that_are_asked_are_bounded()
    {
        var rows = Enumerable.Range(0, 1000).Select(i => new NodeRow($"x{i}:1", 1, 1)).ToList();
        var step = Assert.IsType<FoundingStep.Join>(new FoundingRule("d:1", 7, Seeds).Decide(rows, TimeSpan.Zero));
        Assert.Equal(Seeds.Length + FoundingRule.MaxContacts, step.Contacts.Count);
    }
}
