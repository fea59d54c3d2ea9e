using Postfleet.Cluster.Membership;
using Xunit;

namespace Postfleet.Cluster.Tests;

public sealed class FoundingRuleTests
{
    private static readonly string[] Seeds = ["a:1", "b:1", "c:1"];

    [Fact]
    public void A_seed_founds_at_once_where_nobody_ever_was() =>
        Assert.Empty(Assert.IsType<FoundingStep.Found>(new FoundingRule("b:1", 7, Seeds).Look([], TimeSpan.Zero)).Expected);

    [Fact]
    public void What_has_stood_under_its_own_address_for_a_while_is_its_own_past()
    {
        NodeRow[] rows = [new("a:1", 5, 99) { Age = FoundingRule.OwnSilence }];
        Assert.Equal(rows, Assert.IsType<FoundingStep.Found>(new FoundingRule("a:1", 7, Seeds).Look(rows, TimeSpan.Zero)).Expected);
    }

    [Fact]
    public void A_row_of_its_own_past_that_is_young_is_waited_for()
    {
        var rule = new FoundingRule("a:1", 7, Seeds);
        for (var second = 0; second < FoundingRule.OwnSilence.TotalSeconds; second++)
            Assert.Empty(Assert.IsType<FoundingStep.Join>(rule.Look([Own(99, second)], TimeSpan.FromSeconds(second))).Contacts);
        Assert.IsType<FoundingStep.Found>(rule.Look([Own(99, FoundingRule.OwnSilence.TotalSeconds)], FoundingRule.OwnSilence));
    }

    /// <summary>Two machines with the default host on one database put each other out of the cluster for ever.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_node_whose_address_another_process_says_life_under_is_refused(bool hasSeeds)
    {
        var rule = new FoundingRule("a:1", 7, hasSeeds ? Seeds : []);
        Assert.IsType<FoundingStep.Join>(rule.Look([Own(99, age: 2.5)], TimeSpan.Zero));
        Assert.IsType<FoundingStep.RefuseAddress>(rule.Look([Own(100, age: 0.5)], TimeSpan.FromSeconds(1)));
    }

    [Fact]
    public void Of_two_that_found_at_once_under_one_address_the_slower_is_refused()
    {
        var rule = new FoundingRule("a:1", 7, Seeds);
        Assert.IsType<FoundingStep.Found>(rule.Look([], TimeSpan.Zero));
        Assert.IsType<FoundingStep.RefuseAddress>(rule.Look([Own(1, age: 0.5)], TimeSpan.FromSeconds(1)));
    }

    /// <summary>The answer to a founding may be lost on its way.</summary>
    [Fact]
    public void What_it_wrote_itself_is_no_other()
    {
        var rule = new FoundingRule("a:1", 7, Seeds);
        Assert.IsType<FoundingStep.Found>(rule.Look([], TimeSpan.Zero));
        Assert.IsType<FoundingStep.Found>(rule.Look([new NodeRow("a:1", 7, 1)], TimeSpan.FromSeconds(1)));
    }

    private static NodeRow Own(long beat, double age) => new("a:1", 5, beat) { Age = TimeSpan.FromSeconds(age) };

    [Fact]
    public void A_node_that_is_no_seed_never_founds()
    {
        var rule = new FoundingRule("d:1", 7, Seeds);
        for (var second = 0; second < 100; second++)
            Assert.Equal(Seeds, Assert.IsType<FoundingStep.Join>(rule.Look([], TimeSpan.FromSeconds(second))).Contacts);
    }

    /// <summary>
    /// The first seed starts again alone, while a frontend lives that is no seed: by Akka's own rule this makes a second cluster.
    /// </summary>
    [Fact]
    public void While_any_node_lives_it_is_asked_and_nothing_is_founded()
    {
        var rule = new FoundingRule("a:1", 7, Seeds);
        for (var second = 0; second < 100; second++)
        {
            var step = rule.Look([new NodeRow("f:1", 5, second / 3)], TimeSpan.FromSeconds(second));
            Assert.Equal(["b:1", "c:1", "f:1"], Assert.IsType<FoundingStep.Join>(step).Contacts);
        }
    }

    [Fact]
    public void When_all_have_been_silent_for_long_enough_a_seed_founds()
    {
        var rule = new FoundingRule("a:1", 7, Seeds);
        NodeRow[] rows = [new("b:1", 5, 10), new("f:1", 6, 20)];
        var second = 0;
        for (; second < FoundingRule.Silence.TotalSeconds; second++)
            Assert.IsType<FoundingStep.Join>(rule.Look(rows, TimeSpan.FromSeconds(second)));
        Assert.Equal(rows, Assert.IsType<FoundingStep.Found>(rule.Look(rows, TimeSpan.FromSeconds(second))).Expected);
    }

    [Fact]
    public void A_sign_of_life_begins_the_silence_anew()
    {
        var rule = new FoundingRule("a:1", 7, Seeds);
        for (var second = 0; second < 14; second++) rule.Look([new NodeRow("b:1", 5, 10)], TimeSpan.FromSeconds(second));
        for (var second = 14; second < 29; second++)
            Assert.IsType<FoundingStep.Join>(rule.Look([new NodeRow("b:1", 5, 11)], TimeSpan.FromSeconds(second)));
        Assert.IsType<FoundingStep.Found>(rule.Look([new NodeRow("b:1", 5, 11)], TimeSpan.FromSeconds(29)));
    }

    /// <summary>Nobody can write to a database that is away: that the rows are old when it comes back says nothing.</summary>
    [Fact]
    public void A_pause_in_watching_begins_the_silence_anew()
    {
        var rule = new FoundingRule("a:1", 7, Seeds);
        NodeRow[] rows = [new("b:1", 5, 10)];
        for (var second = 0; second < 10; second++) rule.Look(rows, TimeSpan.FromSeconds(second));
        for (var second = 60; second < 75; second++) Assert.IsType<FoundingStep.Join>(rule.Look(rows, TimeSpan.FromSeconds(second)));
        Assert.IsType<FoundingStep.Found>(rule.Look(rows, TimeSpan.FromSeconds(75)));
    }

    [Fact]
    public void A_node_that_starts_again_shows_that_it_lives()
    {
        var rule = new FoundingRule("a:1", 7, Seeds);
        rule.Look([new NodeRow("b:1", 5, 10)], TimeSpan.Zero);
        for (var second = 1; second < 15; second++) rule.Look([new NodeRow("b:1", 5, 10)], TimeSpan.FromSeconds(second));
        Assert.IsType<FoundingStep.Join>(rule.Look([new NodeRow("b:1", 6, 10)], TimeSpan.FromSeconds(15)));
    }

    [Fact]
    public void A_node_without_seeds_refuses_to_live_beside_another()
    {
        var rule = new FoundingRule("a:1", 7, []);
        Assert.Empty(Assert.IsType<FoundingStep.Join>(rule.Look([new NodeRow("b:1", 5, 10)], TimeSpan.Zero)).Contacts);
        Assert.Equal("b:1", Assert.IsType<FoundingStep.Refuse>(rule.Look([new NodeRow("b:1", 5, 11)], TimeSpan.FromSeconds(3))).Other);
    }

    [Fact]
    public void A_node_without_seeds_starts_when_the_other_is_dead()
    {
        var rule = new FoundingRule("a:1", 7, []);
        for (var second = 0; second < 15; second++)
            Assert.IsType<FoundingStep.Join>(rule.Look([new NodeRow("b:1", 5, 10)], TimeSpan.FromSeconds(second)));
        Assert.IsType<FoundingStep.Found>(rule.Look([new NodeRow("b:1", 5, 10)], TimeSpan.FromSeconds(15)));
    }

    [Fact]
    public void The_nodes_that_are_asked_are_bounded()
    {
        var rows = Enumerable.Range(0, 1000).Select(i => new NodeRow($"x{i}:1", 1, 1)).ToList();
        var step = Assert.IsType<FoundingStep.Join>(new FoundingRule("d:1", 7, Seeds).Look(rows, TimeSpan.Zero));
        Assert.Equal(Seeds.Length + FoundingRule.MaxContacts, step.Contacts.Count);
    }
}
