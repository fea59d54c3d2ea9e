using Postfleet.Cluster.Membership;
using Xunit;

namespace Postfleet.Cluster.Tests;

public sealed class AddressRuleTests
{
    private static readonly NodeProcess Self = new("self", "mail-1", "queue", "2.0");
    private static readonly NodeProcess Elsewhere = new("other", "mail-7", "queue", "2.0");
    private static readonly NodeProcess SameMachine = new("other", "mail-1", "queue", "2.0");

    [Fact]
    public void Address_without_a_row_is_free() => Assert.Null(Free(Rule().Decide([], TimeSpan.Zero)).Former);

    [Fact]
    public void Old_row_of_this_machine_is_replaced()
    {
        var row = Own(99, age: 4, SameMachine);
        Assert.Equal(row, Free(Rule().Decide([row], TimeSpan.Zero)).Former);
    }

    /// <summary>A process that was killed and restarted at once finds its own young row.</summary>
    [Fact]
    public void Young_row_of_this_machine_is_waited_for_and_not_refused()
    {
        var rule = Rule();
        for (var second = 0; second < 4; second++)
            Assert.IsType<AddressStep.Wait>(rule.Decide([Own(99, second, SameMachine)], TimeSpan.FromSeconds(second)));
        Free(rule.Decide([Own(99, 4, SameMachine)], TimeSpan.FromSeconds(4)));
    }

    /// <summary>The server may commit the last statement of a killed process after the start of the next one.</summary>
    [Fact]
    public void Single_late_beat_of_a_killed_process_does_not_refuse_the_next()
    {
        var rule = Rule();
        Assert.IsType<AddressStep.Wait>(rule.Decide([Own(99, 2, SameMachine)], TimeSpan.Zero));
        for (var second = 1; second < 5; second++)
            Assert.IsType<AddressStep.Wait>(rule.Decide([Own(100, second - 1, SameMachine)], TimeSpan.FromSeconds(second)));
        Free(rule.Decide([Own(100, 4, SameMachine)], TimeSpan.FromSeconds(5)));
    }

    [Fact]
    public void Row_that_keeps_beating_is_refused_with_the_name_of_its_node_and_the_key()
    {
        var rule = Rule();
        Assert.IsType<AddressStep.Wait>(rule.Decide([Own(99, 2.5, Elsewhere)], TimeSpan.Zero));
        Assert.IsType<AddressStep.Wait>(rule.Decide([Own(100, 0.5, Elsewhere)], TimeSpan.FromSeconds(1)));
        Assert.Equal(
            "Cluster:Host 127.0.0.1:4053 is used by node mail-7 on the same database; " +
            "set Cluster:Host to the address by which the other nodes reach this node",
            Refuse(rule.Decide([Own(101, 0.5, Elsewhere)], TimeSpan.FromSeconds(4))));
    }

    [Fact]
    public void Beats_of_a_version_without_descriptions_are_refused()
    {
        var rule = Rule();
        for (var beat = 0; beat < AddressRule.BeatsOfLife; beat++)
            Assert.IsType<AddressStep.Wait>(rule.Decide([Own(99 + beat, 0.5, null)], TimeSpan.FromSeconds(3 * beat)));
        Assert.Contains("is used by another process", Refuse(rule.Decide([Own(101, 0.5, null)], TimeSpan.FromSeconds(6))),
            StringComparison.Ordinal);
    }

    /// <summary>Two processes start at the same moment, and the other one is faster.</summary>
    [Fact]
    public void Row_that_appears_and_beats_is_refused()
    {
        var rule = Rule();
        Free(rule.Decide([], TimeSpan.Zero));
        Assert.IsType<AddressStep.Wait>(rule.Decide([Own(1, 0.5, Elsewhere)], TimeSpan.FromSeconds(1)));
        Refuse(rule.Decide([Own(2, 0.5, Elsewhere)], TimeSpan.FromSeconds(4)));
    }

    /// <summary>The other process cannot beat during an outage of the database, and its row is old when the outage ends.</summary>
    [Fact]
    public void Old_row_of_another_machine_is_watched_for_the_whole_silence()
    {
        var rule = Rule();
        for (var second = 0; second < 15; second++)
            Assert.IsType<AddressStep.Wait>(rule.Decide([Own(99, 60 + second, Elsewhere)], TimeSpan.FromSeconds(second)));
        Free(rule.Decide([Own(99, 75, Elsewhere)], TimeSpan.FromSeconds(15)));
    }

    [Fact]
    public void Pause_in_watching_begins_the_silence_of_another_machine_anew()
    {
        var rule = Rule();
        for (var second = 0; second < 10; second++) rule.Decide([Own(99, second, Elsewhere)], TimeSpan.FromSeconds(second));
        for (var second = 60; second < 75; second++)
            Assert.IsType<AddressStep.Wait>(rule.Decide([Own(99, second, Elsewhere)], TimeSpan.FromSeconds(second)));
        Free(rule.Decide([Own(99, 75, Elsewhere)], TimeSpan.FromSeconds(75)));
    }

    [Fact]
    public void Row_of_an_earlier_actor_system_of_this_process_is_replaced_at_once() =>
        Free(Rule().Decide([Own(99, 0, Self)], TimeSpan.Zero));

    /// <summary>A laptop with the connection string of production.</summary>
    [Theory]
    [InlineData("127.0.0.1:4053")]
    [InlineData("127.0.1.1:4053")]
    [InlineData("::1:4053")]
    [InlineData("localhost:4053")]
    public void Loopback_node_is_refused_beside_a_node_on_another_machine(string self)
    {
        var reason = Refuse(Rule(self).Decide([new NodeRow("10.0.0.7:4053", 5, 10) { Age = TimeSpan.FromSeconds(1), Process = Elsewhere }],
            TimeSpan.Zero));
        Assert.StartsWith($"Cluster:Host {self} is a loopback address, and node mail-7 (10.0.0.7:4053) lived within the last hour",
            reason, StringComparison.Ordinal);
    }

    /// <summary>It must not found a cluster in the pause between the death of all nodes and their return.</summary>
    [Fact]
    public void Loopback_node_is_refused_for_an_hour_after_the_death_of_all_other_nodes()
    {
        NodeRow Row(double minutes) => new("10.0.0.7:4053", 5, 10) { Age = TimeSpan.FromMinutes(minutes), Process = Elsewhere };
        Refuse(Rule().Decide([Row(59)], TimeSpan.Zero));
        Free(Rule().Decide([Row(61)], TimeSpan.Zero));
    }

    /// <summary>A machine whose address has changed, after a process that was killed.</summary>
    [Fact]
    public void Loopback_node_waits_for_a_silent_node_of_its_own_machine()
    {
        NodeRow Row(long beat, double age) => new("10.0.0.7:4053", 5, beat) { Age = TimeSpan.FromSeconds(age), Process = SameMachine };
        var rule = Rule();
        Assert.IsType<AddressStep.Wait>(rule.Decide([Row(10, 1)], TimeSpan.Zero));
        Free(rule.Decide([Row(10, 15)], TimeSpan.FromSeconds(14)));
        Free(rule.Decide([Row(11, 16)], TimeSpan.FromSeconds(15)));
        Assert.Contains(
            "lives on the same database", Refuse(rule.Decide([Row(12, 16)], TimeSpan.FromSeconds(16))), StringComparison.Ordinal);
    }

    [Fact]
    public void Node_with_an_address_is_refused_beside_a_living_loopback_node_whose_key_is_named()
    {
        NodeRow Row(long beat, double age) => new("127.0.0.1:4053", 5, beat) { Age = TimeSpan.FromSeconds(age), Process = Elsewhere };
        var rule = Rule("10.0.0.8:4053");
        Assert.IsType<AddressStep.Wait>(rule.Decide([Row(10, 1)], TimeSpan.Zero));
        Assert.IsType<AddressStep.Wait>(rule.Decide([Row(11, 1)], TimeSpan.FromSeconds(3)));
        Assert.Equal(
            "node mail-7 (127.0.0.1:4053) on the same database has a loopback address, by which this node (10.0.0.8:4053) does not reach " +
            "it; set Cluster:Host of that node to the address by which the other nodes reach it",
            Refuse(rule.Decide([Row(12, 1)], TimeSpan.FromSeconds(6))));
    }

    [Fact]
    public void Silent_loopback_node_does_not_hinder_a_node_with_an_address() => Free(Rule("10.0.0.8:4053").Decide(
        [new NodeRow("127.0.0.1:4053", 5, 10) { Age = FoundingRule.Silence, Process = Elsewhere }], TimeSpan.Zero));

    [Fact]
    public void Names_in_other_letters_are_one_address()
    {
        NodeRow[] rows =
        [
            new("Mail-1:4053", 5, 10) { Age = TimeSpan.FromSeconds(10), Process = SameMachine },
            new("mail-1:4053", 6, 10) { Age = TimeSpan.FromMinutes(10), Process = SameMachine },
        ];
        Assert.Equal(rows[0], Free(Rule("mail-1:4053").Decide(rows, TimeSpan.Zero)).Former);
    }

    private static AddressRule Rule(string self = "127.0.0.1:4053") => new(self, Self);

    private static NodeRow Own(long beat, double age, NodeProcess? process) =>
        new("127.0.0.1:4053", 5, beat) { Age = TimeSpan.FromSeconds(age), Process = process };

    private static AddressStep.Free Free(AddressStep step) => Assert.IsType<AddressStep.Free>(step);

    private static string Refuse(AddressStep step) => Assert.IsType<AddressStep.Refuse>(step).Reason;
}
